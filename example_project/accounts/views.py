from __future__ import annotations

from typing import cast

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from django_universal_ai.models import Status

from . import budgets


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Make a plain account and sign in with it.

    What was brought before becomes the account's: see ``documents.receivers``.
    """
    if request.user.is_authenticated:
        return redirect("documents:home")
    form: UserCreationForm[User] = UserCreationForm(request.POST or None)
    if form.is_valid():
        login(request, form.save(), "django.contrib.auth.backends.ModelBackend")
        return redirect("documents:home")
    return render(request, "accounts/sign_up.html", {"form": form})


@require_GET
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """What the month has cost so far, and for what."""
    user = cast(User, request.user)
    rows = (
        budgets.jobs_of(user)
        .order_by("feature", "subfeature", "provider")
        .values("feature", "subfeature", "provider")
        .annotate(jobs=Count("pk"), failed=Count("pk", Q(status=Status.FAIL)), credits=Sum("cost"))
    )
    context = {"standing": budgets.standing(user), "rows": rows}
    return render(request, "accounts/account.html", context)
