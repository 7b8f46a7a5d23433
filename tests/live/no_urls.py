"""The URLs of a project that forgot something."""

urlpatterns: list[object] = []
