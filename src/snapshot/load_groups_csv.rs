//! Reads an exported list of groups.

use crate::organization::{Coverage, Organization};
use crate::table::{RowBuffer, Table};
use crate::umapi::ListedGroup;
use std::io;

/// Adds an exported list of groups (kinds, products, quotas) to an organization. The columns have
/// the API's names, as in `umbulk export groups` and umapi-cli.
///
/// # Errors
/// When it cannot be read, is not a list of groups, or has an invalid row.
pub(crate) fn read_groups(table: &Table, organization: &mut Organization) -> io::Result<()> {
    let wrong = |what: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", table.name()))
    };
    let column = |wanted: &str| table.header().iter().position(|name| plain(name) == wanted);
    let (name, kind) = (column("groupname").or_else(|| column("name")), column("type"));
    if name.is_none() || kind.is_none() || column("email").is_some() {
        return Err(wrong(
            "it has no columns groupName and type, so it is not an exported list of groups"
                .to_owned(),
        ));
    }
    let positions =
        [name, kind, column("productname"), column("licensequota"), column("membercount")];
    let mut buffer = RowBuffer::default();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let line = block.frame(index).line;
            let (_, [name, kind, product, quota, members]) = block
                .all_cells(index, &mut buffer, positions)
                .map_err(|fault| wrong(format!("line {line}: {fault}")))?;
            if !name.trim().is_empty() {
                organization.add_group(&ListedGroup {
                    name: name.trim().into(),
                    kind: kind.trim().into(),
                    product_name: product.trim().into(),
                    license_quota: quota.trim().into(),
                    member_count: members.trim().parse().ok(),
                    ..ListedGroup::default()
                });
            }
        }
    }
    organization.coverage |= Coverage::ALL_GROUPS;
    Ok(())
}

/// Returns the name of a column in the form in which names are compared.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::OrgGroupKind;
    use crate::table::ReadOptions;
    use jiff::Timestamp;

    fn read(text: &str) -> io::Result<Organization> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("groups.csv");
        std::fs::write(&path, text).unwrap();
        let mut organization = Organization::new("a list", Timestamp::UNIX_EPOCH);
        read_groups(
            &Table::open(&path, &ReadOptions::new(folder.path())).unwrap(),
            &mut organization,
        )
        .map(|()| organization)
    }

    #[test]
    fn kinds_products_and_quotas_are_taken_over() {
        let text = "groupId,groupName,type,memberCount,productName,licenseQuota\n1,All \
             Apps,PRODUCT_PROFILE,4,Cloud,3\n2,\"A, \
             B\",USER_GROUP,,,\n3,'=Sign,PRODUCT_PROFILE,,Acrobat,UNLIMITED\n";
        let all = read(text).unwrap();
        let profile = all.group("all apps").unwrap();
        assert_eq!(
            (profile.kind, profile.product.as_deref(), profile.quota, profile.members),
            (OrgGroupKind::Profile, Some("Cloud"), Some(3), Some(4))
        );
        assert_eq!(
            (all.group("A, B").unwrap().kind, all.group("=Sign").unwrap().quota),
            (OrgGroupKind::UserGroup, None)
        );
        assert!(all.shows(Coverage::ALL_GROUPS));
    }

    #[test]
    fn a_list_of_users_is_no_list_of_groups() {
        assert!(read("type,email,groups\nfederatedID,ann@example.com,A\n").is_err());
    }
}
