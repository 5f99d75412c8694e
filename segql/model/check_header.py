"""What a header says of its segment, against the catalog and the other files."""

from segql.catalog.nodes import Catalog
from segql.diagnostics import Report
from segql.messages import files, names
from segql.model.scope import Segments
from segql.syntax import definitions as defs

_CONSENT = "consent:"


def check_header(
    definition: defs.Definition,
    file: str | None,
    catalog: Catalog,
    segments: Segments,
    report: Report,
) -> None:
    """Reports what can't be; `file` is the name of the file, if it stands in one."""
    header = definition.header
    assert header is not None
    written, word = header.name.name, "partition" if definition.parts else "segment"
    if file is not None and written != file:
        found = names.wrong_header_name(written, file, header.name.span, word)
        report.add(found)
    if definition.rule is None and not definition.parts:
        report.add(files.header_without_rule(written, header.span))
    if (purpose := header.purpose) and purpose.name not in catalog.purposes:
        known = catalog.purposes
        report.add(files.unknown_purpose(purpose.name, known, purpose.span))
    channels = consents(catalog)
    if (channel := header.channel) and channels and channel.name not in channels:
        known = tuple(channels)
        report.add(files.unknown_channel(channel.name, known, channel.span))
    for other in header.exclusive:
        own_part = definition.parts and other.segment.startswith(f"{written}.")
        if other.segment == written or own_part:
            report.add(files.exclusive_with_itself(other.segment, other.span))
        else:
            segments.known(other.segment, other.span, report)


def consents(catalog: Catalog) -> dict[str, str]:
    """The channels of the catalog, each with the attribute that holds the consent."""
    return {
        label.removeprefix(_CONSENT).strip(): attribute.name
        for attribute in catalog.attributes.values()
        for label in attribute.labels
        if label.startswith(_CONSENT)
    }
