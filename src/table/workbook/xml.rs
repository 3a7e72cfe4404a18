//! Reads the XML parts of a workbook, event by event.

use std::io::{self, BufRead, Read};

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::fault::{TooManyBytes, WorkbookFault};

/// A part in XML. An empty element is a start and an end.
pub(super) struct Xml<R> {
    reader: Reader<EventReader<R>>,
    buffer: Vec<u8>,
    part: &'static str,
    /// The number of open elements.
    depth: usize,
}

/// The most open elements, and the most bytes of an event or a text, which are held in memory: far
/// more than workbooks have.
const DEEPEST: usize = 256;
/// The most bytes of the name of a part, a sheet or a style, or of a format.
const LONGEST_ATTRIBUTE: usize = 64 << 10;
const LONGEST_TEXT: usize = 8 << 20;

impl<R: BufRead> Xml<R> {
    /// Reads a part; `part` is its name for messages.
    pub(super) fn new(from: R, part: &'static str) -> Self {
        let mut reader = Reader::from_reader(EventReader { inner: from, bytes: 0 });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::with_capacity(1024), part, depth: 0 }
    }

    /// Returns the next event; `Eof` at the end of a whole document.
    pub(super) fn next(&mut self) -> Result<Event<'_>, WorkbookFault> {
        self.buffer.clear();
        self.reader.get_mut().bytes = 0;
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

    /// Returns the number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Passes over the rest of an element, in which so many elements are open.
    pub(super) fn leave(&mut self, depth: usize) -> Result<(), WorkbookFault> {
        while self.depth >= depth {
            if matches!(self.next()?, Event::Eof) {
                return Err(WorkbookFault::Damaged(self.part));
            }
        }
        Ok(())
    }
}

/// Reads up to a number of bytes of each event. More are an error.
struct EventReader<R> {
    inner: R,
    /// The number of bytes of the event so far.
    bytes: usize,
}

impl<R: BufRead> BufRead for EventReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.bytes > LONGEST_TEXT {
            true => Err(io::Error::other(TooManyBytes)),
            false => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.bytes = self.bytes.saturating_add(amount);
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for EventReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut here = self.fill_buf()?;
        let read = here.read(buffer)?;
        self.consume(read);
        Ok(read)
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

/// Returns the attributes of an element. One that is no XML is damage.
pub(super) fn attributes<'e>(
    element: &'e BytesStart<'_>,
    part: &'static str,
) -> impl Iterator<Item = Result<Attribute<'e>, WorkbookFault>> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    attributes.map(move |attribute| attribute.map_err(|_| WorkbookFault::Damaged(part)))
}

/// Returns an attribute by its name without a prefix.
pub(super) fn attribute(
    element: &BytesStart<'_>,
    wanted: &str,
    part: &'static str,
) -> Result<Option<String>, WorkbookFault> {
    for attribute in attributes(element, part) {
        let attribute = attribute?;
        if attribute.key.local_name().as_ref() == wanted {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|_| WorkbookFault::Damaged(part))?;
            return match value.len() > LONGEST_ATTRIBUTE {
                true => Err(WorkbookFault::TooLarge),
                false => Ok(Some(value.into_owned())),
            };
        }
    }
    Ok(None)
}

/// Whether an attribute is `1` or `true`.
pub(super) fn is_set(
    element: &BytesStart<'_>,
    wanted: &str,
    part: &'static str,
) -> Result<bool, WorkbookFault> {
    Ok(matches!(attribute(element, wanted, part)?.as_deref(), Some("1" | "true")))
}
