//! Reads the XML parts of a workbook, event by event.

use std::io::BufRead;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::fault::WorkbookFault;

/// A part in XML. An empty element is a start and an end.
pub(super) struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    part: &'static str,
    /// The number of open elements.
    depth: usize,
}

/// The most open elements, and the most bytes of a text: far more than workbooks have.
const DEEPEST: usize = 256;
const LONGEST_TEXT: usize = 8 << 20;

impl<R: BufRead> Xml<R> {
    /// Reads a part; `part` is its name for messages.
    pub(super) fn new(from: R, part: &'static str) -> Self {
        let mut reader = Reader::from_reader(from);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::with_capacity(1024), part, depth: 0 }
    }

    /// Returns the next event; `Eof` at the end of a whole document.
    pub(super) fn next(&mut self) -> Result<Event<'_>, WorkbookFault> {
        self.buffer.clear();
        let part = self.part;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            Error::Io(error) => WorkbookFault::of_read(&error, part),
            _ => WorkbookFault::Damaged(part),
        })?;
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEEPEST { Err(WorkbookFault::TooLarge) } else { Ok(event) }
    }
}

/// Appends the text of an event, if it is one.
pub(super) fn push_text(
    event: &Event<'_>,
    text: &mut String,
    part: &'static str,
) -> Result<(), WorkbookFault> {
    match event {
        Event::Text(content) => text.push_str(&content.xml10_content()),
        Event::CData(content) => text.push_str(&content.xml10_content()),
        Event::GeneralRef(reference) => {
            let damaged = WorkbookFault::Damaged(part);
            match reference.resolve_char_ref() {
                Ok(Some(c)) => text.push(c),
                Ok(None) => match resolve_predefined_entity(reference) {
                    Some(meant) => text.push_str(meant),
                    None => return Err(damaged),
                },
                Err(_) => return Err(damaged),
            }
        }
        _ => {}
    }
    if text.len() > LONGEST_TEXT { Err(WorkbookFault::TooLarge) } else { Ok(()) }
}

/// Returns an attribute by its name without a prefix.
pub(super) fn attribute(element: &BytesStart<'_>, wanted: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find_map(|attribute| {
            let is_wanted = attribute.key.local_name().as_ref() == wanted;
            is_wanted.then(|| attribute.normalized_value(XmlVersion::Implicit1_0).ok())?
        })
        .map(std::borrow::Cow::into_owned)
}

/// Whether an attribute is `1` or `true`.
pub(super) fn is_set(element: &BytesStart<'_>, wanted: &str) -> bool {
    attribute(element, wanted).is_some_and(|value| matches!(&*value, "1" | "true"))
}
