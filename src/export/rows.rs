//! Renders a page as text: parses, filters and writes it. The caller drops users that were on an
//! earlier page.

use super::cell::{Sheet, list};
use super::column::{Cell, Column};
use super::filter::ExportFilter;
use super::group_kinds::GroupKinds;
use super::layout::{ListKind, OutputFormat, OutputLayout};
use crate::umapi::{ListPage, ListedGroup, ListedUser, PageError};
use jiff::Timestamp;
use serde::ser::{SerializeMap, Serializer};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// How pages become text.
#[derive(Debug, Clone)]
pub struct RowRenderer {
    /// The layout of the file.
    pub layout: OutputLayout,
    /// The filter for users and groups.
    pub filter: ExportFilter,
    /// The product profiles.
    pub kinds: GroupKinds,
}

/// A rendered page.
#[derive(Debug, Default)]
pub struct RenderedPage {
    /// The number of the page that was requested.
    pub number: u32,
    /// The number of the page that came, as the server counts.
    pub current: Option<u32>,
    /// The number of pages.
    pub pages: Option<u32>,
    /// The number of users or groups on all pages.
    pub total: Option<u64>,
    /// No page follows.
    pub last: bool,
    /// For each user or group of the page: a number that is the same on every page, and the end of
    /// its text. The text is empty for those that the filter drops.
    pub rows: Vec<(u64, usize)>,
    /// The text of all rows.
    pub text: Vec<u8>,
    /// The page for the store, and when it came; `None` if it is stored already.
    pub page: Option<(ListPage, Timestamp)>,
    /// A hash of the page, if it may be the last.
    pub body: Option<u64>,
}

/// Why a page cannot be written as rows.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// It is not a page of such a list.
    #[error("{0}")]
    Page(#[from] PageError),
    /// A row cannot be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

impl RowRenderer {
    /// Renders a page.
    ///
    /// # Errors
    /// When it is not a page of such a list.
    pub fn digest(&self, page: &ListPage) -> Result<RenderedPage, RenderError> {
        let mut digest = RenderedPage {
            number: page.number,
            current: page.current,
            pages: page.pages,
            total: page.total,
            body: page
                .pages
                .is_none_or(|pages| page.number.saturating_add(1) >= pages)
                .then(|| xxh3_64(&page.body)),
            // The text is about as long as the page.
            text: Vec::with_capacity(page.body.len()),
            ..RenderedPage::default()
        };
        let mut pen = Pen::new(&self.layout);
        match self.layout.kind {
            ListKind::Users => {
                let users = page.users()?;
                digest.last = users.last_page;
                digest.rows.reserve_exact(users.users.len());
                for (index, user) in users.users.iter().enumerate() {
                    if self.filter.takes_user(user) {
                        pen.row(&mut digest.text, |column| column.of_user(user, &self.kinds))?;
                    }
                    digest.rows.push((
                        key_of_user(user).unwrap_or_else(|| nobody(page, index)),
                        digest.text.len(),
                    ));
                }
            }
            ListKind::Groups => {
                let groups = page.groups()?;
                digest.last = groups.last_page;
                for (index, group) in groups.groups.iter().enumerate() {
                    if self.filter.takes_group(group) {
                        pen.row(&mut digest.text, |column| column.of_group(group))?;
                    }
                    digest.rows.push((
                        key_of_group(group).unwrap_or_else(|| nobody(page, index)),
                        digest.text.len(),
                    ));
                }
            }
        }
        Ok(digest)
    }
}

/// Returns a number for a user or group without id or name, different from all others.
fn nobody(page: &ListPage, index: usize) -> u64 {
    xxh3_64(format!("{} {index}", page.number).as_bytes())
}

/// Returns a number for the user's id; without an id, for email and type, or username and domain.
fn key_of_user(user: &ListedUser<'_>) -> Option<u64> {
    if !user.id.is_empty() {
        return Some(xxh3_64(user.id.as_bytes()));
    }
    let name = |name: &str, within: &str| {
        Some(xxh3_64_with_seed(
            format!("{name}\0{within}\0{}", user.identity).to_lowercase().as_bytes(),
            1,
        ))
    };
    match (&*user.email, &*user.username) {
        ("", "") => None,
        ("", username) => name(username, &user.domain),
        (email, _) => name(email, ""),
    }
}

fn key_of_group(group: &ListedGroup<'_>) -> Option<u64> {
    match (&*group.group_id, &*group.name) {
        ("", "") => None,
        ("", name) => Some(xxh3_64_with_seed(name.to_lowercase().as_bytes(), 1)),
        (id, _) => Some(xxh3_64(id.as_bytes())),
    }
}

/// Writes rows in one format.
struct Pen<'l> {
    columns: &'l [(&'static str, Column)],
    /// `None` for JSON Lines.
    sheet: Option<Sheet>,
    cell: String,
}

impl<'l> Pen<'l> {
    fn new(layout: &'l OutputLayout) -> Self {
        let sheet = match layout.format {
            OutputFormat::Csv { delimiter } => Some(Sheet::new(delimiter, layout.reader())),
            OutputFormat::JsonLines => None,
        };
        Self { columns: &layout.columns, sheet, cell: String::new() }
    }

    fn row<'a>(
        &mut self,
        text: &mut Vec<u8>,
        say: impl Fn(Column) -> Cell<'a>,
    ) -> Result<(), RenderError> {
        let Some(sheet) = &mut self.sheet else {
            let mut json = serde_json::Serializer::new(&mut *text);
            object(&mut json, self.columns, say)?;
            text.push(b'\n');
            return Ok(());
        };
        for (_, column) in self.columns {
            match say(*column) {
                Cell::Text(cell) => sheet.cell(text, &cell),
                Cell::Number(number) => {
                    sheet.cell(text, &number.map(|number| number.to_string()).unwrap_or_default());
                }
                Cell::Names(names) => {
                    list(&mut self.cell, &names);
                    sheet.cell(text, &self.cell);
                }
            }
        }
        sheet.end(text);
        Ok(())
    }
}

/// Writes a JSON object, without the properties that are missing.
fn object<'a, S: Serializer>(
    json: S,
    columns: &[(&'static str, Column)],
    say: impl Fn(Column) -> Cell<'a>,
) -> Result<S::Ok, S::Error> {
    let mut map = json.serialize_map(None)?;
    for (name, column) in columns {
        match say(*column) {
            Cell::Text(text) if !text.is_empty() => map.serialize_entry(name, &text)?,
            Cell::Number(Some(number)) => map.serialize_entry(name, &number)?,
            Cell::Names(names) if !names.is_empty() => map.serialize_entry(name, &names)?,
            _ => {}
        }
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::super::layout::OutputDialect;
    use super::*;

    const CSV: OutputFormat = OutputFormat::Csv { delimiter: b',' };
    const PAGE: &str = r#"{"lastPage":true,"users":[
        {"id":"1","type":"federatedID","email":"a@x.org","username":"a@x.org","domain":"x.org","firstname":"A","country":"DE","status":"active",
         "groups":["G","P","_admin_G","_admin_P","_product_admin_Prod","_developer_P","_support_admin","_deployment_admin","_org_admin","_other"]},
        {"id":"2","type":"adobeID","email":"b@y.org","domain":"AdobeID","groups":["C, D","E"]},
        {"id":"2","type":"adobeID","email":"b@y.org"}]}"#;

    fn text(kind: ListKind, format: OutputFormat, dialect: OutputDialect, body: &str) -> String {
        let mut kinds = GroupKinds::default();
        kinds.learn(&[ListedGroup {
            name: "p".into(),
            kind: "PRODUCT_PROFILE".into(),
            ..ListedGroup::default()
        }]);
        let renderer = RowRenderer {
            layout: OutputLayout::new(kind, format, dialect).unwrap(),
            filter: ExportFilter::default(),
            kinds,
        };
        let page = ListPage {
            number: 0,
            current: None,
            pages: None,
            total: None,
            body: body.as_bytes().to_vec(),
        };
        let digest = renderer.digest(&page).unwrap();
        assert_eq!(digest.rows.last().map(|(_, end)| *end), Some(digest.text.len()));
        String::from_utf8(digest.text).unwrap()
    }

    #[test]
    fn every_dialect_says_what_its_program_would() {
        let roles = "G,P,_admin_G,_admin_P,_product_admin_Prod,_developer_P,_support_admin,\
                     _deployment_admin,_org_admin,_other";
        let users = |dialect| text(ListKind::Users, CSV, dialect, PAGE);
        assert_eq!(
            users(OutputDialect::Native).lines().take(2).collect::<Vec<_>>(),
            [
                format!("create,federatedID,a@x.org,a@x.org,x.org,A,,DE,\"{roles}\",1,active"),
                r#"create,adobeID,b@y.org,,AdobeID,,,,"[""C, D"",""E""]",2,"#.to_owned()
            ]
        );
        assert_eq!(users(OutputDialect::UmapiCli).lines().nth(2), Some("2,adobeID,b@y.org,,,,,,,"));
        assert_eq!(
            users(OutputDialect::UserSync).lines().next(),
            Some(&*format!("A,,a@x.org,DE,\"{roles}\",federatedID,a@x.org,x.org"))
        );
        let console = users(OutputDialect::AdminConsole);
        assert_eq!(
            console.lines().next(),
            Some(
                "Federated ID,a@x.org,x.org,a@x.org,A,,DE,1,P,\"Support Administrator,Deployment \
                 Administrator,System Administrator,_other\",P,G,G,Prod,P,"
            )
        );
        assert!(
            console
                .lines()
                .nth(2)
                .is_some_and(|line| line.starts_with("Adobe ID,,AdobeID,b@y.org,")),
            "{console}"
        );
    }

    #[test]
    fn json_lines_have_the_apis_names_and_leave_out_what_is_missing() {
        assert_eq!(
            text(ListKind::Users, OutputFormat::JsonLines, OutputDialect::Native, PAGE)
                .lines()
                .nth(1),
            Some(
                r#"{"id":"2","type":"adobeID","email":"b@y.org","domain":"AdobeID","groups":["C, D","E"]}"#
            )
        );
        let groups = r#"{"groups":[{"groupId":7,"groupName":"P","type":"PRODUCT_PROFILE","memberCount":12,"licenseQuota":"UNLIMITED"}]}"#;
        assert_eq!(
            text(ListKind::Groups, OutputFormat::JsonLines, OutputDialect::Native, groups),
            "{\"groupId\":\"7\",\"groupName\":\"P\",\"type\":\"PRODUCT_PROFILE\",\
             \"memberCount\":12,\"licenseQuota\":\"UNLIMITED\"}\n"
        );
        assert_eq!(
            text(ListKind::Groups, CSV, OutputDialect::UmapiCli, groups),
            "P,PRODUCT_PROFILE,,12,,UNLIMITED\n"
        );
    }

    #[test]
    fn user_is_recognized_by_id_else_by_name() {
        let key = |json: &str| key_of_user(&serde_json::from_str(json).unwrap());
        assert_eq!(key(r#"{"id":"1","email":"a@x"}"#), key(r#"{"id":"1","email":"b@x"}"#));
        assert_ne!(key(r#"{"id":"1","email":"a@x"}"#), key(r#"{"id":"2","email":"a@x"}"#));
        assert_eq!(
            key(r#"{"email":"A@x","type":"adobeID"}"#),
            key(r#"{"email":"a@x","type":"adobeID"}"#)
        );
        assert_ne!(
            key(r#"{"email":"a@x","type":"adobeID"}"#),
            key(r#"{"email":"a@x","type":"federatedID"}"#)
        );
        assert_ne!(
            key(r#"{"username":"a","domain":"x"}"#),
            key(r#"{"username":"a","domain":"y"}"#)
        );
        assert_eq!(key("{}"), None);
    }
}
