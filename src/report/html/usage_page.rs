//! The page about what an organization uses.

use super::chart::licence_bar;
use super::frame::{facts, page, search_table, shown, time};
use super::table_data::{TableCell, TableData};
use crate::inspect::{Count, GroupUsage, ProductUsage, Usage};
use crate::number::{count_thousands, noun, thousands};
use crate::organization::OrgGroupKind;
use jiff::Timestamp;
use maud::{Markup, html};

/// The most lines of a section.
const MOST: usize = 200;

/// Returns the page. `list` describes the list, `notes` says what it does not show.
pub(crate) fn usage_page(usage: &Usage, list: &str, notes: &[String], now: Timestamp) -> String {
    let mut administrators = TableData::new(&["Administrator", "Type", "Status", "Roles"]);
    for admin in &usage.administrators {
        administrators.row(&[
            TableCell::Text(&admin.user),
            TableCell::Word(&admin.identity_type),
            TableCell::Word(&admin.status),
            TableCell::Word(&admin.roles.join(", ")),
        ]);
    }
    let table = Some(&administrators).filter(|table| table.len() > 0);
    let body = html! {
        (facts([("List", list.to_owned()), ("As of", time(usage.at))]))
        @for note in notes { p { (shown(note)) } }
        (summary(usage))
        (products(&usage.products))
        @for (title, kind) in [
            ("Product profiles", OrgGroupKind::Profile),
            ("User groups", OrgGroupKind::UserGroup),
            ("Groups", OrgGroupKind::Unknown),
        ] {
            @let listed = usage.groups.iter().filter(|group| group.kind == kind);
            (groups(title, &listed.collect::<Vec<_>>()))
        }
        @for (title, counts) in [
            ("Users by identity type", &usage.identity_types),
            ("Users by domain", &usage.domains),
            ("Users by country", &usage.countries),
            ("Users by status", &usage.statuses),
            ("Administrators by role", &usage.roles),
        ] { (counts_of(title, counts)) }
        @if let Some(table) = table {
            h2 { "Administrators" }
            (search_table(table, "Administrators"))
        }
    };
    let subtitle = count_thousands(usage.users, "user");
    page(("Usage", &subtitle), now, &body, table)
}

fn summary(usage: &Usage) -> Markup {
    let beyond: u64 = usage.groups.iter().filter_map(|group| group.without_licence).sum();
    let (administrators, without) = (usage.administrators.len() as u64, usage.without_product);
    let what = if usage.has_groups { "product" } else { "group" };
    let cards = [
        (noun(usage.users, "user"), usage.users, "ok"),
        (noun(administrators, "administrator"), administrators, "unchanged"),
        (format!("{} without a {what}", noun(without, "user")), without, "unchanged"),
        (
            format!("{} beyond the licences", noun(beyond, "membership")),
            beyond,
            if beyond > 0 { "failed" } else { "ok" },
        ),
    ];
    html! {
        h2 { "Summary" }
        ul.cards {
            @for (name, number, style) in cards {
                li class=(style) { strong { (thousands(number)) } (name) }
            }
        }
    }
}

fn products(products: &[ProductUsage]) -> Markup {
    let most = products.iter().map(|one| one.memberships.max(one.quota.unwrap_or(0))).max();
    html! {
        @if !products.is_empty() {
            h2 { "Products" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Product" }
                    th scope="col" { "Memberships and licences" }
                    th.number scope="col" { "People" }
                    th.number scope="col" { "Memberships" }
                    th.number scope="col" { "Licences" }
                    th.number scope="col" { "Beyond" }
                } }
                tbody {
                    @for product in products.iter().take(MOST) {
                        tr {
                            td {
                                (shown(&product.name)) br;
                                span.muted { (count_thousands(product.profiles, "profile")) }
                            }
                            td {
                                (licence_bar(product.memberships, product.quota, most.unwrap_or(0)))
                            }
                            td.number { (thousands(product.users)) }
                            td.number { (thousands(product.memberships)) }
                            td.number { (number(product.quota)) }
                            td.number { (number(product.without_licence)) }
                        }
                    }
                }
            } }
            (and_more(products.len()))
        }
    }
}

fn groups(title: &str, groups: &[&GroupUsage]) -> Markup {
    let most = groups.iter().map(|group| group.members.max(group.quota.unwrap_or(0))).max();
    let has_quota = groups.iter().any(|group| group.quota.is_some());
    let unlicensed: Vec<(&str, &[String])> = groups
        .iter()
        .filter_map(|group| Some((group.name.as_str(), group.unlicensed.as_deref()?)))
        .collect();
    html! {
        @if !groups.is_empty() {
            h2 { (title) }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Members" @if has_quota { " and licences" } }
                    th.number scope="col" { "Members" }
                    th.number scope="col" { "Active" }
                    @if has_quota {
                        th.number scope="col" { "Licences" }
                        th.number scope="col" { "Beyond" }
                    }
                } }
                tbody {
                    @for group in groups.iter().take(MOST) {
                        tr {
                            td { (shown(&group.name)) }
                            td { (licence_bar(group.members, group.quota, most.unwrap_or(0))) }
                            td.number { (thousands(group.members)) }
                            td.number { (number(group.active)) }
                            @if has_quota {
                                td.number { (number(group.quota)) }
                                td.number { (number(group.without_licence)) }
                            }
                        }
                    }
                }
            } }
            (and_more(groups.len()))
            @for (name, people) in unlicensed.into_iter().filter(|(_, people)| !people.is_empty()) {
                p {
                    strong { "Without a licence of " (shown(name)) ": " }
                    (shown(&people.join(", ")))
                }
            }
        }
    }
}

fn counts_of(title: &str, counts: &[Count]) -> Markup {
    let most = counts.iter().map(|count| count.users).max().unwrap_or(0);
    html! {
        @if !counts.is_empty() {
            h2 { (title) }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Share" }
                    th.number scope="col" { "Users" }
                } }
                tbody {
                    @for count in counts.iter().take(MOST) {
                        tr {
                            td {
                                @if count.name.is_empty() { "(not said)" }
                                @else { (shown(&count.name)) }
                            }
                            td { (licence_bar(count.users, None, most)) }
                            td.number { (thousands(count.users)) }
                        }
                    }
                }
            } }
            (and_more(counts.len()))
        }
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), thousands)
}

fn and_more(all: usize) -> Markup {
    html! {
        @if all > MOST {
            p.muted { "and " (thousands((all - MOST) as u64)) " more: the CSV form has all." }
        }
    }
}
