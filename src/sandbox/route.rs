//! The resource that a path names. Paths are read as the API documents them, including deprecated
//! ones.

use percent_encoding::percent_decode_str;
use std::collections::HashMap;

/// The parameters after `?`.
pub(super) type UrlParameters = HashMap<String, String>;

/// A resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The token service.
    Token,
    /// The retired token service for JWT credentials.
    Jwt,
    /// A control call of the sandbox.
    Control(String),
    /// Commands for an organization.
    Action(String),
    /// A read of an organization.
    Read(String, ReadRoute),
    /// A path below the API's address that names nothing.
    Unknown,
    /// A path elsewhere on this host.
    Elsewhere,
}

/// A read call. A page that is not a number is `None`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadRoute {
    Users(Option<usize>),
    Members(Option<usize>, String),
    User(String),
    Groups(Option<usize>),
    /// Deprecated. The page number is in the query.
    Old(Old),
}

/// The deprecated reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Old {
    Users,
    UserGroups,
    UserGroup(String),
    UserGroupUsers(String),
    Products,
    Profiles(String),
    Profile(String, String),
    ProfileUsers(String, String),
}

impl Route {
    /// Parses a percent-encoded path. The name of a group or user may contain a plain `/`, as
    /// Adobe's client sends it.
    pub(super) fn of(path: &str) -> Self {
        if let Some(rest) = path.strip_prefix("/v2/usermanagement/") {
            return api(rest).unwrap_or(Self::Unknown);
        }
        if let Some(rest) = path.strip_prefix("/sandbox/") {
            return Self::Control(rest.to_owned());
        }
        // Adobe's own client adds a slash to the path.
        match path.strip_suffix('/').unwrap_or(path) {
            "/ims/token/v2" | "/ims/token/v3" => Self::Token,
            "/ims/exchange/jwt" => Self::Jwt,
            "/v2/usermanagement" => Self::Unknown,
            _ => Self::Elsewhere,
        }
    }
}

fn api(path: &str) -> Option<Route> {
    let mut parts: Vec<&str> = path.splitn(4, '/').collect();
    parts.pop_if(|last| last.is_empty());
    let page = |text: &str| text.parse().ok();
    Some(match parts[..] {
        ["action", org] => Route::Action(decode(org)),
        ["users", org, number] => Route::Read(decode(org), ReadRoute::Users(page(number))),
        ["users", org, number, group] => {
            Route::Read(decode(org), ReadRoute::Members(page(number), decode(group)))
        }
        ["groups", org, number] => Route::Read(decode(org), ReadRoute::Groups(page(number))),
        ["organizations", org, "users", user] => {
            Route::Read(decode(org), ReadRoute::User(decode(user)))
        }
        // No organization has these names.
        ["action" | "users" | "groups" | "organizations", ..] => return None,
        [org, ..] => Route::Read(decode(org), ReadRoute::Old(old(&parts[1..])?)),
        [] => return None,
    })
}

fn old(parts: &[&str]) -> Option<Old> {
    Some(match *parts {
        ["users"] => Old::Users,
        ["user-groups"] => Old::UserGroups,
        ["user-groups", group] => Old::UserGroup(decode(group)),
        ["user-groups", group, "users" | "users/"] => Old::UserGroupUsers(decode(group)),
        ["products"] => Old::Products,
        ["products", product, rest] => {
            let product = decode(product);
            match rest.trim_end_matches('/').split('/').collect::<Vec<_>>()[..] {
                ["configurations"] => Old::Profiles(product),
                ["configurations", profile] => Old::Profile(product, decode(profile)),
                ["configurations", profile, "users"] => Old::ProfileUsers(product, decode(profile)),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_the_api_documents_them() {
        let read = |rest: &str| match Route::of(&format!("/v2/usermanagement/{rest}")) {
            Route::Read(org, read) if org == "1@AdobeOrg" => read,
            other => panic!("{rest}: {other:?}"),
        };
        assert_eq!(
            Route::of("/v2/usermanagement/action/1%40AdobeOrg"),
            Route::Action("1@AdobeOrg".to_owned())
        );
        assert_eq!(read("users/1@AdobeOrg/3"), ReadRoute::Users(Some(3)));
        assert_eq!(read("users/1@AdobeOrg/3/"), ReadRoute::Users(Some(3)));
        assert_eq!(read("users/1@AdobeOrg/three"), ReadRoute::Users(None));
        assert_eq!(read("groups/1@AdobeOrg/0"), ReadRoute::Groups(Some(0)));
        assert_eq!(
            read("organizations/1@AdobeOrg/users/a@b.example"),
            ReadRoute::User("a@b.example".to_owned())
        );
    }

    #[test]
    fn slashes_in_group_names_may_be_escaped_or_not() {
        for path in ["R/D/", "R%2FD%2F", "R/D%2f"] {
            let route = Route::of(&format!("/v2/usermanagement/users/1@AdobeOrg/0/{path}"));
            assert_eq!(
                route,
                Route::Read(
                    "1@AdobeOrg".to_owned(),
                    ReadRoute::Members(Some(0), "R/D/".to_owned())
                ),
                "{path}"
            );
        }
    }

    #[test]
    fn deprecated_paths_name_an_organization_first() {
        let read = |rest: &str| match Route::of(&format!("/v2/usermanagement/1@AdobeOrg/{rest}")) {
            Route::Read(_, ReadRoute::Old(old)) => Some(old),
            Route::Unknown => None,
            other => panic!("{rest}: {other:?}"),
        };
        let text = ToOwned::to_owned;
        for (path, old) in [
            ("users", Some(Old::Users)),
            ("user-groups", Some(Old::UserGroups)),
            ("user-groups/7", Some(Old::UserGroup(text("7")))),
            ("user-groups/7/users", Some(Old::UserGroupUsers(text("7")))),
            ("products/", Some(Old::Products)),
            ("products/P/configurations", Some(Old::Profiles(text("P")))),
            ("products/P/configurations/R", Some(Old::Profile(text("P"), text("R")))),
            ("products/P/configurations/R/users", Some(Old::ProfileUsers(text("P"), text("R")))),
            ("products/P", None),
            ("licences", None),
        ] {
            assert_eq!(read(path), old, "{path}");
        }
    }

    #[test]
    fn paths_that_name_nothing_are_told_apart_by_where_they_are() {
        for path in [
            "/v2/usermanagement",
            "/v2/usermanagement/",
            "/v2/usermanagement/users",
            "/v2/usermanagement/action/1@AdobeOrg/more",
        ] {
            assert_eq!(Route::of(path), Route::Unknown, "{path}");
        }
        for path in ["/", "/status", "/ims/token/v1", "/sandbox"] {
            assert_eq!(Route::of(path), Route::Elsewhere, "{path}");
        }
        assert_eq!(Route::of("/ims/token/v3/"), Route::Token);
        assert_eq!(Route::of("/ims/exchange/jwt/"), Route::Jwt);
    }
}
