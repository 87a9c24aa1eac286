"""`/traffic/emergency/`: the switch for the bad day. It is asked for twice, because everybody feels it at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.register.models import Device
from simpul.traffic import reports
from simpul.traffic.models import PanicOrder
from simpul.traffic.service import panic
from simpul.traffic.service.reading import gateways
from simpul.web.middleware import ViewerRequest
from simpul.web.share_board import require_whole_network, tabs
from simpul.web.share_standing import doings_of

Mode = PanicOrder.Mode
SAID: dict[str, tuple[Promise, Promise]] = {
    Mode.EQUAL: (
        _("Equal shares for all"),
        _(
            "Every site gets the same part, whatever its guarantee and weight. "
            "For when the plan itself does harm and there is no time to find out why."
        ),
    ),
    Mode.OFF: (
        _("No sharing at all"),
        _("Nothing is held back any more: who takes most, gets most. Only for when sharing itself seems broken."),
    ),
    Mode.NORMAL: (_("By the plan again"), _("The end of the emergency: the plan in force decides again.")),
}
LAST = 8


class EmergencyForm(forms.Form):
    """Which gateway, which mode, why; and, the second time, that one is sure."""

    gateway = forms.ModelChoiceField(
        label=_("Gateway"), queryset=Device.objects.none(), empty_label=None, to_field_name="code"
    )
    mode = forms.ChoiceField(
        label=_("What shall happen"),
        widget=forms.RadioSelect,
        choices=[(mode, said[0]) for mode, said in SAID.items()],
    )
    note = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["gateway"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (declared above)
        field.queryset = gateways()
        field.initial = gateways().first()


def emergency(request: ViewerRequest) -> HttpResponse:
    """The form; then the question whether one is sure; then the order."""
    require_whole_network(request)
    request.actor.require(Permission.SHARE_INTERNET)
    form = EmergencyForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    if asked and request.POST.get("sure") == "1":
        given = form.cleaned_data
        try:
            order = panic(request.actor, given["gateway"], given["mode"], given["note"])
        except Refusal as refusal:
            form.add_error(None, refusal.shown())
        else:
            words = {"mode": SAID[order.mode][0], "gateway": order.gateway.code}
            said = gettext("Ordered: %(mode)s, at %(gateway)s. Below stands when it was done.")
            messages.success(request, said % words)
            return redirect("traffic-emergency")
    context = {
        "form": form,
        "asked": form.cleaned_data | {"said": SAID[form.cleaned_data["mode"]]} if asked and not form.errors else None,
        "modes": list(SAID.values()),
        "states": [_state(gateway) for gateway in gateways()],
        "orders": PanicOrder.objects.within(request.scope).select_related("gateway")[:LAST],
        "tabs": tabs("traffic-emergency", request),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "share/emergency.html", context, status=status)


def _state(gateway: Device) -> dict[str, Any]:
    """What the gateway says it goes by."""
    heard = reports.heard(settings.CONFIGURATION.data.run, gateway.code)
    does = doings_of(gateway)
    mode = str(heard.report.get("panic") or Mode.NORMAL) if heard else ""
    said = str(SAID[mode][0] if mode in SAID else _("not known"))
    # Whoever says nothing now, or does not go by its plan at all, is not said to go by it.
    if does.alarming and mode == Mode.NORMAL:
        said = does.headline
    alarming = mode in (Mode.EQUAL, Mode.OFF) or does.standing.wrong
    return {"gateway": gateway, "said": said, "silent": does.silent, "alarming": alarming}


urlpatterns = [path("traffic/emergency/", emergency, name="traffic-emergency")]
