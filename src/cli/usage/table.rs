//! Writes the counts of an organization, for people and for spreadsheets.

use crate::cli::error::CliError;
use crate::inspect::{Count, GroupUsage, Usage};
use crate::number::{count, count_thousands, thousands};
use crate::organization::OrgGroupKind;
use crate::table::{RecordForm, RecordWriter, SheetLayout};
use crate::visible::{visible, visible_cell};
use std::io::{self, Write};

/// The most lines of a section for people.
const MOST: usize = 50;

/// Returns the table for people.
pub(super) fn table(usage: &Usage, list: &str) -> String {
    let mut text = format!("{}: {list}\n", count_thousands(usage.users, "user"));
    for (title, counts) in [
        ("identity type", &usage.identity_types),
        ("domain", &usage.domains),
        ("country", &usage.countries),
        ("status", &usage.statuses),
    ] {
        section(
            &mut text,
            &format!("By {title}"),
            counts.iter().map(|count| line(&[Some(count.users)], &shown(count))),
        );
    }
    if usage.has_memberships {
        groups(&mut text, usage);
    } else {
        text += "\nThe list does not contain groups.\n";
    }
    text
}

/// Adds the products, groups, roles and administrators.
fn groups(text: &mut String, usage: &Usage) {
    let head = |what: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("{name:>11}")).collect();
        format!("By {what}\n{}", names.join(""))
    };
    let licences = ["members", "active", "licences", "without"];
    let products = usage.products.iter().map(|product| {
        let name = format!("{} ({})", product.name, count(product.profiles, "profile"));
        line(&[Some(product.users), product.active, product.quota, product.without_licence], &name)
    });
    section(text, &head("product", &["people", "active", "licences", "without"]), products);
    let of = |kind: OrgGroupKind| usage.groups.iter().filter(move |group| group.kind == kind);
    let profile = |group: &GroupUsage| {
        line(&[Some(group.members), group.active, group.quota, group.without_licence], &group.name)
    };
    section(text, &head("product profile", &licences), of(OrgGroupKind::Profile).map(profile));
    let unlicensed = usage
        .groups
        .iter()
        .flat_map(|group| group.unlicensed.iter().flatten().map(|user| (user, &group.name)));
    section(
        text,
        "Without a licence",
        unlicensed.map(|(user, profile)| format!("  {user}  {profile}\n")),
    );
    let group = |group: &GroupUsage| line(&[Some(group.members), group.active], &group.name);
    section(text, &head("user group", &licences[..2]), of(OrgGroupKind::UserGroup).map(group));
    section(text, &head("group", &licences[..2]), of(OrgGroupKind::Unknown).map(group));
    section(
        text,
        "By role",
        usage.roles.iter().map(|count| line(&[Some(count.users)], &shown(count))),
    );
    let administrators = usage
        .administrators
        .iter()
        .map(|admin| format!("  {}  {}\n", admin.user, admin.roles.join(", ")));
    section(
        text,
        &format!("Administrators: {}", thousands(usage.administrators.len() as u64)),
        administrators,
    );
    *text += &without_product(usage);
    let notes = notes(usage);
    if !notes.is_empty() {
        *text += &format!("\n{}\n", notes.join("\n"));
    }
}

/// Describes how many users have no product, or no group if products are unknown.
fn without_product(usage: &Usage) -> String {
    let without = thousands(usage.without_product);
    match (usage.has_groups, usage.without_product_in_user_group) {
        (false, _) => format!("\nUsers without a group: {without}\n"),
        (true, 0) => format!("\nUsers without a product: {without}\n"),
        (true, inside) if usage.direct => {
            format!(
                "\nUsers without a product: {without} ({} of them in a user group, which may give \
                 a product)\n",
                thousands(inside)
            )
        }
        (true, inside) => format!(
            "\nUsers without a product: {without} ({} of them in a user group)\n",
            thousands(inside)
        ),
    }
}

/// Returns what the list does not show, and how to find it out.
pub(super) fn notes(usage: &Usage) -> Vec<String> {
    let mut notes = Vec::new();
    if !usage.has_groups {
        notes.push(
            "To see products and licences, add a list of groups: `umbulk \
             export groups --snapshot`, or --groups FILE."
                .to_owned(),
        );
    }
    if let Some(fullest) = usage.overfull().into_iter().find(|group| group.unlicensed.is_none()) {
        notes.push(format!(
            "A list does not show who has no licence. To find out, use `umbulk usage --online`, \
             or `umbulk export users --group {} --status inactive`",
            crate::shell::shell_words([&fullest.name])
        ));
    }
    if usage.direct && usage.groups.iter().any(|group| group.kind != OrgGroupKind::Profile) {
        notes.push(
            "Profiles that come through a user group are not counted: the list has direct \
             memberships only."
                .to_owned(),
        );
    }
    notes
}

/// Adds a title and its lines; nothing without lines.
fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    // A name with a line break stays on one line.
    let shown: Vec<String> = lines
        .iter()
        .take(MOST)
        .map(|line| format!("{}\n", visible(line.trim_end_matches('\n'))))
        .collect();
    *text += &format!("\n{title}\n{}", shown.concat());
    if lines.len() > MOST {
        *text += &format!(
            "  and {} more: --format csv has all\n",
            thousands((lines.len() - MOST) as u64)
        );
    }
}

/// Returns a line of numbers and their name.
fn line(numbers: &[Option<u64>], name: &str) -> String {
    let numbers: Vec<String> = numbers
        .iter()
        .map(|number| format!("{:>11}", number.map_or_else(|| "-".to_owned(), thousands)))
        .collect();
    format!("{}  {name}\n", numbers.concat())
}

fn shown(count: &Count) -> String {
    if count.name.is_empty() { "(unknown)".to_owned() } else { count.name.clone() }
}

/// The workbook with the counts.
const USAGE: SheetLayout = SheetLayout { name: "Usage", status: "", sentences: &[] };

/// Writes the table for spreadsheets, with one line for each count.
pub(super) fn write_counts(
    usage: &Usage,
    to: &mut dyn Write,
    form: RecordForm<'_>,
) -> Result<(), CliError> {
    let header = [
        "section",
        "name",
        "product",
        "members",
        "active",
        "counted",
        "licences",
        "without_licence",
        "roles",
    ];
    let mut lines = CountLines(RecordWriter::begin(to, form, USAGE, header)?);
    lines.users("total", "", usage.users)?;
    for (section, counts) in [
        ("identity_type", &usage.identity_types),
        ("domain", &usage.domains),
        ("country", &usage.countries),
        ("status", &usage.statuses),
    ] {
        for count in counts {
            lines.users(section, &count.name, count.users)?;
        }
    }
    if usage.has_memberships {
        lines.groups(usage)?;
    }
    lines.0.end()?;
    Ok(())
}

/// The lines of the table for spreadsheets.
struct CountLines<'w>(RecordWriter<&'w mut dyn Write>);

impl CountLines<'_> {
    /// Writes a line with members, active members, the server's count, licences, and members
    /// without one.
    fn line(
        &mut self,
        section: &str,
        (name, product): (&str, &str),
        numbers: [Option<u64>; 5],
        roles: &str,
    ) -> io::Result<()> {
        let [members, active, counted, licences, without] =
            numbers.map(|number| number.map(|number| number.to_string()).unwrap_or_default());
        let cells =
            [section, name, product, &members, &active, &counted, &licences, &without, roles];
        self.0.row(cells.map(visible_cell))
    }

    /// Writes a line with only a number of users.
    fn users(&mut self, section: &str, name: &str, users: u64) -> io::Result<()> {
        self.line(section, (name, ""), [Some(users), None, None, None, None], "")
    }

    /// Writes the products, groups, roles and administrators.
    fn groups(&mut self, usage: &Usage) -> Result<(), CliError> {
        for product in &usage.products {
            let numbers =
                [Some(product.users), product.active, None, product.quota, product.without_licence];
            self.line("product", (&product.name, &product.name), numbers, "")?;
        }
        for group in &usage.groups {
            let section = match group.kind {
                OrgGroupKind::Profile => "profile",
                OrgGroupKind::UserGroup => "user_group",
                OrgGroupKind::Role | OrgGroupKind::Unknown => "group",
            };
            let numbers = [
                Some(group.members),
                group.active,
                group.counted,
                group.quota,
                group.without_licence,
            ];
            let product = group.product.as_deref().unwrap_or_default();
            self.line(section, (&group.name, product), numbers, "")?;
        }
        for group in &usage.groups {
            for user in group.unlicensed.iter().flatten() {
                self.line("unlicensed", (user, &group.name), [None; 5], "")?;
            }
        }
        for role in &usage.roles {
            self.users("role", &role.name, role.users)?;
        }
        for admin in &usage.administrators {
            let roles = serde_json::to_string(&admin.roles)?;
            self.line("administrator", (&admin.user, ""), [None; 5], &roles)?;
        }
        let section = if usage.has_groups { "without_product" } else { "without_group" };
        self.users(section, "", usage.without_product)?;
        Ok(())
    }
}
