"""Words for what an import finds: each fault by its code, in the reader's language.

`logic` and `imports` speak in codes and parameters, so that a row read in one language can be shown in the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from simpul.register.logic.columns import Column, Sheet, close_heading
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import Area, Contract, ContractLine, ImportBatch, ImportRow, Site

PARTS: dict[str, type[models.Model]] = {"site": Site, "contract": Contract, "line": ContractLine, "area": Area}

CELL_FAULTS: dict[str, Promise] = {
    "code_became_date": _('A spreadsheet has turned this code into the date "{value}". Format the column as text'),
    "code_became_number": _('A spreadsheet has turned this code into the number "{value}". Format the column as text'),
    "control_character": _('"{value}" holds a line break or control character. Remove it'),
    "ends_before_it_starts": _('"{value}" is before the first day, {start}. Mend one of the two'),
    "hidden_character": _('"{value}" holds a character that nobody sees. Type it anew'),
    "negative": _('"{value}" is below zero. Write a number from zero up'),
    "no_result": _('The formula here gives no value ("{value}"). Compute it in the spreadsheet, or write the value'),
    "not_a_choice": _('"{value}" is not one of the choices. Write one of: {choices}'),
    "not_a_code": _(
        '"{value}" is no code. Write letters (A-Z), digits and . _ - only, without a dot in front, and not the word new'
    ),
    "not_a_coordinate": _('"{value}" is no coordinate. Write for example -0.94734 or 0°56\'50.4" S'),
    "not_a_date": _('"{value}" is no date. Write for example 2026-01-31 or 31/01/2026'),
    "not_a_number": _('"{value}" is no number. Write for example 1500 or 1500.50'),
    "not_a_pair": _('"{value}" is no pair of coordinates. Write for example -0.94734, 114.8962'),
    "not_a_rate": _('"{value}" is no rate. Write for example 500 Mbps or 1.5G'),
    "not_an_area_code": _('"{value}" is no area code. Write for example 62.05.01'),
    "not_an_own_number": _('"{value}" holds a character that nobody sees, or a part . or .. between slashes. Mend it'),
    "not_known": _('"{value}" stands for nothing in the register. Add it first, or mend the code'),
    "not_whole": _('"{value}" is no whole number. Write digits only'),
    "not_yes_or_no": _('"{value}" is neither yes nor no. Write yes or no'),
    "outside": _('"{value}" is outside {low}..{high}. Mend it'),
    "outside_swapped": _('"{value}" is outside {low}..{high}; latitude and longitude look swapped'),
    "several_have_it": _('More than one is called "{value}". Write the code instead'),
    "swapped": _('"{value}" belongs to the other axis; latitude and longitude look swapped'),
    "too_large": _('"{value}" has more than {digits} digits before the decimal mark. Mend it'),
    "too_long": _('"{value}" has {length} characters; {longest} fit. Shorten it'),
    "too_many_places": _('"{value}" has more than {places} decimals. Round it'),
    "unclear_number": _('"{value}" may mean thousands or decimals. Write it without thousands mark'),
}
ROW_FAULTS: dict[str, Promise] = {
    "differs_from_row": _('"{value}" contradicts row {row}, which belongs to the same contract. Make them agree'),
    "half_a_position": _("Latitude and longitude belong together. Give both, or neither"),
    "key_empty": _("This cell must not be empty: rows are recognised by it"),
    "key_twice": _("{value} stands in row {row} already. Keep one of the two"),
    "needed": _("A new row needs this. Fill it in, or add the column"),
    "no_position": _("There are no coordinates to say this of. Add them, or leave this empty"),
    "parent_not_known": _(
        "{value}, in which this lies, is neither in the register nor in an earlier row. Add it above"
    ),
    "position_not_unknown": _("There are coordinates, so the position is not unknown. Say surveyed or sample"),
    "too_few_cells": _("The row has {cells} cells under {headings} headings. Something is cut off: mend the row"),
    "too_many_cells": _("The row has {cells} cells under {headings} headings. Put quotes round text with separators"),
}
FILE_FAULTS: dict[str, Promise] = {
    "broke_off": _(
        "The program broke off while it read the file. Hand the file in again; if it breaks off again, save it as CSV"
    ),
    "csv_broken": _("Row {row} cannot be read: a quote is missing or too many. Mend it, or save the file as XLSX"),
    "csv_cell_too_long": _("Row {row} has a cell of more than {most} characters; perhaps a quote stays open. Mend it"),
    "feature_is_none": _("Entry {number} of the list is no feature. Mend it, or export the file again"),
    "feature_no_point": _(
        'Feature {number} is of the kind "{kind}", not a point. Leave it out, or write it as a point'
    ),
    "feature_nowhere": _("Feature {number} has no longitude and latitude as numbers. Mend it"),
    "format_not_known": _('The format "{suffix}" is not known. Use CSV, XLSX or GeoJSON'),
    "heading_twice": _('Two columns mean "{column}". Remove one of them'),
    "json_broken": _("This is no valid JSON: line {line}, character {character} does not fit. Export it again"),
    "json_key_twice": _('This is no clear JSON: one object has "{key}" twice. Keep one of the two'),
    "json_too_deep": _("In this JSON too many lists and objects lie in each other. Export it again"),
    "no_geometry_here": _("These have no position, so GeoJSON does not fit. Use CSV or XLSX"),
    "no_headings": _("No row of headings with {keys} in it was found. Name the columns in the first row"),
    "one_heading": _('Only the heading "{heading}" was understood. Name the columns beside it too'),
    "no_rows": _("Below the headings there is no row. Fill in at least one"),
    "not_a_collection": _("This is JSON, but no GeoJSON collection of features. Export it again as GeoJSON"),
    "not_a_workbook": _("This is no readable XLSX. Save it again as .xlsx"),
    "not_json": _("This is no valid JSON: it holds a number or a text that cannot be read. Export it again"),
    "not_text": _("This is neither text nor a spreadsheet. Save it as CSV (UTF-8) or XLSX"),
    "null_character": _("Row {row} holds a null character (byte 0). Remove it"),
    "old_or_protected": _("This is an old .xls, or protected by a password. Save it as .xlsx without password"),
    "reader_broken": _("The program that reads the file broke off. Save the file again, or as CSV"),
    "reader_killed": _(
        "The program that reads the file was killed, perhaps because memory was short. Hand the file in again"
    ),
    "reader_memory": _("To be read, the file needs more than {megabytes} MB of memory. Split it, or save it as CSV"),
    "reader_time": _("To be read, the file takes more than {seconds} seconds. Split it, or save it as CSV"),
    "row_too_long": _("Row {row} has more than {most} characters. Shorten it"),
    "sheet_broken": _('Sheet "{sheet}" cannot be read near row {row}. Save the file again as .xlsx'),
    "too_large_file": _("The file is larger than {megabytes} MB when unpacked. Split it"),
    "too_many_columns": _("Row {row} has more than {most} columns. Remove what is not needed"),
    "too_many_properties": _("The features have more than {most} different properties. Remove what is not needed"),
    "too_many_rows": _("The file has more than {most} rows. Split it"),
    "workbook_entities": _("This workbook declares XML entities, which are not read. Save it again as .xlsx"),
    "workbook_many_parts": _("This workbook has more than {most} parts. Copy the table into a new workbook"),
    "workbook_part_too_large": _(
        'The part "{part}" of this workbook is larger than {megabytes} MB. Copy the table into a new workbook'
    ),
    "workbook_strict": _('This workbook is of the kind "Strict Open XML". Save it as an ordinary .xlsx'),
}
BATCH_FAULTS: dict[str, Promise] = {
    "apply_broke_off": _("Not applied: the program broke off before it wrote anything. Apply it again"),
    "cancelled": _("This was called off. Nothing was changed"),
    "changed_since": _("Not undone: {names} was changed by somebody since. Mend these by hand, or keep the import"),
    "moved_on": _("Not applied: {names} was changed by somebody since the comparison. Import the file again"),
    "reading_given_up": _(
        "The program ended {times} times while it read the file. Look into its log, then hand the file in again"
    ),
    "reference_gone": _("Not applied: {names} is not in the register any more. Import the file again"),
    "undo_broke_off": _("Not undone: the program broke off before it wrote anything. Undo it again"),
    "used_since": _("Not undone: {names} is in use by now. Remove what stands on it first, or keep the import"),
}
_FROM_EARLIER = _("An earlier version of the program refused this. Import the file again to read why")
SENTENCES = {**CELL_FAULTS, **ROW_FAULTS, **FILE_FAULTS, **BATCH_FAULTS}


def fault(sheet: Sheet, problem: Mapping[str, Any]) -> str:
    """What is wrong and what to do, for one of a row's problems or a batch's problem; without its place."""
    params = dict(problem["params"])
    # Of numbers that the program itself wrote; what is quoted stays as it was written.
    params |= {name: _decimal(params[name]) for name in ("low", "high") if name in params}
    if problem["code"] == "not_a_choice":
        params["choices"] = ", ".join(choices(sheet.column(problem["column"])))
    if problem["code"] == "heading_twice":
        params["column"] = sheet.column(params["column"]).heading(language())
    if problem["code"] == "no_headings":
        params["keys"] = ", ".join(f'"{sheet.column(name).heading(language())}"' for name in sheet.key)
    # A row of an earlier version may have a code or a parameter that is not known any more.
    return str(SENTENCES.get(problem["code"], _FROM_EARLIER)).format_map(defaultdict(lambda: "?", params))


def problem_of(batch: ImportBatch) -> str:
    """Why the file could not be read, or why the batch was not applied or undone; empty if nothing is wrong."""
    return fault(SHEETS[batch.kind], batch.problem) if batch.problem else ""


def place_of(batch: ImportBatch, row: ImportRow, column: str = "") -> str:
    """Where a row's problem is: `sites.xlsx, sheet "OPD", row 17, column "lintang"`."""
    pieces = [batch.file_name]
    if row.sheet:
        pieces.append(gettext('sheet "{name}"').format(name=row.sheet))
    pieces.append(gettext("row {number}").format(number=row.line))
    if column:
        # The heading as the file has it; a column that is missing there, as exports name it.
        known = next((heading for heading, name in batch.columns if name == column), "")
        heading = known or SHEETS[batch.kind].column(column).heading(language())
        pieces.append(gettext('column "{name}"').format(name=heading))
    return ", ".join(pieces)


def unused_headings(batch: ImportBatch) -> list[str]:
    """The headings that were not understood, each with the one that was probably meant."""
    sheet, there = SHEETS[batch.kind], {name for _heading, name in batch.columns if name}
    said = []
    for heading in (heading for heading, name in batch.columns if name is None):
        near = close_heading(sheet, heading, there)
        meant = gettext('{heading} (did you mean "{near}"?)').format(heading=heading, near=near)
        said.append(meant if near else heading)
    return said


def row_problems(batch: ImportBatch, row: ImportRow) -> list[str]:
    """Every problem of a row with its place."""
    sheet = SHEETS[batch.kind]
    return [f"{place_of(batch, row, problem['column'])}: {fault(sheet, problem)}" for problem in row.problems]


def summary_of(batch: ImportBatch) -> str:
    """`3 new, 1 changed, 40 unchanged` and, if so, how many are wrong."""
    pieces = [
        gettext("{count} new").format(count=batch.new),
        gettext("{count} changed").format(count=batch.changed),
        gettext("{count} unchanged").format(count=batch.same),
    ]
    if batch.wrong:
        pieces.append(ngettext("{count} row is wrong", "{count} rows are wrong", batch.wrong).format(count=batch.wrong))
    return ", ".join(pieces)


def choices(column: Column) -> list[str]:
    """What may stand in a column of choices, in the reader's language."""
    field: Any = PARTS[column.part]._meta.get_field(column.stored)
    return [str(label) for _value, label in field.flatchoices]


def _decimal(number: str) -> str:
    """`-0.5` with the reader's decimal mark."""
    return number.replace(".", ",") if language() == "id" else number


def choice(column: Column, value: str) -> str:
    """The word for a stored choice, in the reader's language; it is understood when it is read."""
    field: Any = PARTS[column.part]._meta.get_field(column.stored)
    return str(dict(field.flatchoices)[value])


def language() -> str:
    """The reader's language, as columns know it."""
    return (get_language() or "id")[:2]
