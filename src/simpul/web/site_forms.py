"""Forms about a site: its own data, and the lines of its story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.register.logic.rollout import CUT_OFF, NETWORK, ON, StoryLine, state_at
from simpul.register.logic.story import INTERNET_STEPS, NETWORK_STEPS, OPTIONAL_STEPS, REQUIRED_STEPS
from simpul.register.models import Area, Contract, ContractLine, Site, Track
from simpul.web.coded_form import CodedForm
from simpul.web.degrees import AXES, DegreesField, misplaced
from simpul.web.lamps import lamp_of
from simpul.web.moments import MomentField, this_minute
from simpul.web.site_story import story_rows

if TYPE_CHECKING:
    OneLine = forms.ModelChoiceField[ContractLine]
else:  # Django's own classes take no parameter at run time
    OneLine = forms.ModelChoiceField

USERS = [Organisation.Kind.AGENCY, Organisation.Kind.DISTRICT_OFFICE]
PUBLIC_ONLY = ("space_type", "opening_hours", "has_hotspot")
GROUPS = [
    (_("What it is"), ("code", "name", "kind", "organisation")),
    (_("Where it is"), ("area", "address", "latitude", "longitude", "position")),
    (_("Only of public spaces"), PUBLIC_ONLY),
    (_("How it is joined, and who pays"), ("medium", "planned_year", "owner", "operator", "contract_line")),
    (_("Note"), ("note",)),
]
LARGEST_EVIDENCE = 20 * 1024 * 1024


class SiteForm(CodedForm):
    """Everything about a place but its story."""

    instance: Site

    class Meta:
        model = Site
        fields: ClassVar = [
            "code",
            "name",
            "kind",
            "organisation",
            "owner",
            "operator",
            "medium",
            "area",
            "address",
            "latitude",
            "longitude",
            "position",
            "space_type",
            "opening_hours",
            "has_hotspot",
            "planned_year",
            "contract_line",
            "note",
        ]

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    latitude = DegreesField(axis="latitude", label=_("Latitude"), required=False)
    longitude = DegreesField(axis="longitude", label=_("Longitude"), required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = ContractLine.objects.within(scope).select_related("contract")
        self.fields["contract_line"] = LineField(queryset=lines, required=False, label=_("Contract line"))
        area = self.fields["area"]
        assert isinstance(area, forms.ModelChoiceField)  # noqa: S101 (ModelForm makes one of a foreign key)
        area.queryset = Area.objects.exclude(level__in=[Area.Level.PROVINCE, Area.Level.REGENCY])
        self.fields["note"].widget.attrs["rows"] = 3
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.empty_label:
                field.empty_label = "–"
        if self.instance.pk:
            self.initial["version"] = self.instance.version
            if self.instance.kind != Site.Kind.PUBLIC_SPACE:
                for name in PUBLIC_ONLY:
                    del self.fields[name]
        uses = self.fields["organisation"]
        assert isinstance(uses, forms.ModelChoiceField)  # noqa: S101 (ModelForm makes one of a foreign key)
        users = Q(kind__in=USERS) | Q(pk=self.instance.organisation_id)  # nobody's choice so far is taken away
        uses.queryset = Organisation.objects.within(scope).filter(users)
        for field in self.fields.values():
            if type(field) is forms.TypedChoiceField:
                given: Any = field.choices
                field.choices = [(value, label if value else "–") for value, label in given]

    @property
    def groups(self) -> list[tuple[Promise, list[forms.BoundField]]]:
        """(heading, fields) in the order in which one fills them in; all of the form's visible fields."""
        return [
            (heading, [self[name] for name in names if name in self.fields])
            for heading, names in GROUPS
            if any(name in self.fields for name in names)
        ]

    def clean(self) -> dict[str, Any]:
        """A position outside the instance's box is refused; a wrong one is judged once, not again by the model."""
        given = super().clean() or {}
        wrong = misplaced(given, self.data)
        if wrong:
            self.add_error(*wrong)
        if set(AXES) & set(self.errors):
            for name in (*AXES, "position"):
                given.pop(name, None)
        return given


class LineField(OneLine):
    """A contract line by its number and what it buys."""

    def label_from_instance(self, obj: Any) -> str:
        """`SPK 12/2023#2 · internet bandwidth`."""
        return f"{obj.code} · {obj.description}"


class StepForm(forms.Form):
    """A line of the network's or the internet's track."""

    state = forms.ChoiceField(label=_("What was reached"), widget=forms.RadioSelect)
    at = MomentField(label=_("When"))
    reason = forms.CharField(label=_("Reason or remark"), max_length=300, required=False)
    contract_line = LineField(
        queryset=ContractLine.objects.none(), required=False, label=_("Contract line"), empty_label="–"
    )
    evidence = forms.FileField(
        label=_("Evidence"), required=False, help_text=_("Photo, signed scan or measurement, at most 20 MB.")
    )

    def __init__(self, *args: Any, track: str, site: Site, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        story = [row for row in story_rows(site)[::-1] if row.what == track]
        reached, _since = state_at([StoryLine(row.at, row.state) for row in story], timezone.now())
        steps: tuple[str, ...] = INTERNET_STEPS
        if track == NETWORK:
            known = REQUIRED_STEPS[site.medium] | OPTIONAL_STEPS[site.medium] | {"none", "lit"}
            steps = tuple(step for step in NETWORK_STEPS if step in known)
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)  # noqa: S101 (declared above)
        state.choices = offered(track, steps, reached)
        following = next_step(track, steps, reached)
        if following != CUT_OFF:  # what harms somebody is never proposed
            state.initial = following
        line = self.fields["contract_line"]
        assert isinstance(line, forms.ModelChoiceField)  # noqa: S101 (declared above)
        line.queryset = ContractLine.objects.within(scope).select_related("contract")
        line.widget.choices = by_force(line)
        self.fields["at"].initial = this_minute()

    def clean_evidence(self) -> Any:
        """A file too big for the store is refused before it is read."""
        return _checked(self.cleaned_data["evidence"])


def next_step(track: str, steps: Sequence[str], reached: str) -> str:
    """What mostly follows: the step after the one reached; an internet that was cut off comes on again."""
    if track != NETWORK and reached == CUT_OFF:
        return ON
    place = steps.index(reached) if reached in steps else 0
    return steps[place + 1] if place + 1 < len(steps) else ""


def offered(track: str, steps: Sequence[str], reached: str) -> list[tuple[str, str]]:
    """The steps that lead on first; then those reached already, which can be recorded late or gone back to."""
    place = steps.index(reached) if reached in steps else 0
    onward = [ON] if reached == CUT_OFF else list(steps[place + 1 :])
    earlier = [step for step in steps if step not in onward]
    return [(step, lamp_of(track, step).word) for step in onward] + [
        (step, _("%(state)s (recorded late, or gone back to)") % {"state": lamp_of(track, step).word})
        for step in earlier
    ]


def by_force(field: forms.ModelChoiceField[ContractLine]) -> list[tuple[Any, Any]]:
    """The choices of a contract line: those in force today apart from the others."""
    today = timezone.localdate()
    now: list[tuple[Any, str]] = []
    other: list[tuple[Any, str]] = []
    for line in field.queryset or ():
        group = now if line.starts_on <= today <= line.ends_on else other
        group.append((line.pk, field.label_from_instance(line)))
    groups = [(_("in force today"), now), (_("ended, or not begun"), other)]
    return [("", "–"), *((label, lines) for label, lines in groups if lines)]


class StallForm(forms.Form):
    """Nothing moves any more."""

    track = forms.ChoiceField(label=_("What is stalled"), choices=Track.choices, initial=NETWORK)
    at = MomentField(label=_("Since when"))
    reason = forms.CharField(label=_("Why"), max_length=300)
    evidence = forms.FileField(label=_("Evidence"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = this_minute()

    def clean_evidence(self) -> Any:
        """A file too big for the store is refused before it is read."""
        return _checked(self.cleaned_data["evidence"])


class ResumeForm(forms.Form):
    """It goes on again."""

    until = MomentField(label=_("It goes on since"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = this_minute()


class HandoverForm(forms.Form):
    """The site was handed over under a contract."""

    contract = forms.ModelChoiceField(label=_("Contract"), queryset=Contract.objects.none(), empty_label="–")
    document_number = forms.CharField(label=_("Number of the hand-over certificate (BAST)"), max_length=80)
    at = MomentField(label=_("When"))
    evidence = forms.FileField(label=_("Signed certificate"), required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = self.fields["contract"]
        assert isinstance(contract, forms.ModelChoiceField)  # noqa: S101 (declared above)
        contract.queryset = Contract.objects.within(scope)
        self.fields["at"].initial = this_minute()

    def clean_evidence(self) -> Any:
        """A file too big for the store is refused before it is read."""
        return _checked(self.cleaned_data["evidence"])


class WithdrawForm(forms.Form):
    """A line was wrong."""

    reason = forms.CharField(label=_("What was wrong with it"), max_length=300)


def _checked(file: Any) -> Any:
    if file is not None and file.size > LARGEST_EVIDENCE:
        raise forms.ValidationError(_("The file is larger than 20 MB. Send a smaller scan or photo."))
    return file
