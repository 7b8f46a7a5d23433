# Sourced by the stages that need servers. Starts none. shellcheck shell=bash
export UNIVERSAL_AI_TEST_POSTGRES_URL=${UNIVERSAL_AI_TEST_POSTGRES_URL:-postgres://root@127.0.0.1:5432/test}
export UNIVERSAL_AI_TEST_REDIS_URL=${UNIVERSAL_AI_TEST_REDIS_URL:-redis://127.0.0.1:6379/0}
export UNIVERSAL_AI_TEST_AMQP_URL=${UNIVERSAL_AI_TEST_AMQP_URL:-amqp://guest:guest@127.0.0.1:5672//}
export UNIVERSAL_AI_TEST_MARIADB_URL=${UNIVERSAL_AI_TEST_MARIADB_URL:-mysql://root@127.0.0.1:3306/test}
"${run[@]}" python .ci/services_up.py || give_up "tests that need servers: see the lines above"
