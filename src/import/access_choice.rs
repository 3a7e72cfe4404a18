//! Chooses the one place of credentials and endpoints among those that are named or filled.

use crate::import::access::{EnvFile, ResolvedAccess, Variables, has_secret, is_complete, set_of};
use crate::import::access_error::{AccessError, AccessOrigin};
use crate::import::owner::{Owner, Trust};
use crate::import::profile::{NamedProfile, Profile};

/// The places where credentials and endpoints may be.
#[derive(Debug)]
pub(crate) struct AccessSources<'s> {
    /// The file that `--env-file` names.
    pub(crate) file: Option<&'s EnvFile>,
    /// The profile that is named for this command.
    pub(crate) profile: Option<&'s NamedProfile>,
    /// The profile that the user's configuration names for commands without other credentials.
    pub(crate) default_profile: Option<&'s NamedProfile>,
    /// All profiles that are described somewhere.
    pub(crate) profiles: &'s [Profile],
    /// The environment of the process.
    pub(crate) environment: &'s Variables,
    /// The `.env` of the working folder.
    pub(crate) dotenv: &'s Variables,
    /// Who named the trusted certificates.
    pub(crate) trust: Trust,
}

/// Chooses the set: from the file, otherwise from the named profile, otherwise from the
/// environment, otherwise from the folder's `.env`, otherwise from the user's default profile.
///
/// # Errors
/// When a set is split between the environment and the `.env`, or a profile does not exist or
/// exists twice, or a folder names one although the environment has credentials. The error names
/// both places.
pub(crate) fn choose(sources: &AccessSources<'_>) -> Result<ResolvedAccess, AccessError> {
    let (environment, dotenv) = (set_of(sources.environment), set_of(sources.dotenv));
    if let Some(EnvFile { path, variables, owner }) = sources.file {
        let place = AccessOrigin::File(path.clone());
        let mut access = ResolvedAccess::new(place, *owner, sources.trust, set_of(variables));
        let profile = sources.profile.and_then(|named| find(named, sources.profiles).ok());
        access.unused = profile.map(AccessOrigin::of_profile);
        return Ok(access);
    }
    let of_profile = |named: &NamedProfile| {
        let profile = find(named, sources.profiles)?;
        Ok(ResolvedAccess::of_profile(profile, named.by.clone(), sources.trust))
    };
    if let Some(named) = sources.profile {
        // The folder may belong to another person, so it does not override the environment.
        if named.by.owner() == Owner::Folder && !environment.is_empty() {
            return Err(AccessError::ProfileBesideEnvironment { name: named.name.clone() });
        }
        let mut access = of_profile(named)?;
        access.unused = [(environment, AccessOrigin::Environment), (dotenv, AccessOrigin::DotEnv)]
            .into_iter()
            .find_map(|(set, place)| (!set.is_empty()).then_some(place));
        return Ok(access);
    }
    if environment.is_empty() {
        if let Some(named) = sources.default_profile.filter(|_| dotenv.is_empty()) {
            return of_profile(named);
        }
        let place = AccessOrigin::DotEnv;
        let mut access = ResolvedAccess::new(place, Owner::Folder, sources.trust, dotenv);
        access.profiles = sources.profiles.iter().map(|profile| profile.name.clone()).collect();
        return Ok(access);
    }
    of_environment(environment, &dotenv, sources.trust)
}

/// Returns the set of the environment, unless a part of it is in the `.env`.
fn of_environment(
    environment: Variables,
    dotenv: &Variables,
    trust: Trust,
) -> Result<ResolvedAccess, AccessError> {
    let says = |name: &String| {
        environment.contains_key(name)
            || (name.starts_with("UMAPI_CLIENT_SECRET") && has_secret(&environment))
    };
    let is_split = if is_complete(&environment) {
        !is_complete(dotenv) && !dotenv.keys().all(says)
    } else {
        !dotenv.is_empty()
    };
    if is_split {
        return Err(AccessError::Split {
            environment: set_in(&environment, &AccessOrigin::Environment),
            dotenv: set_in(dotenv, &AccessOrigin::DotEnv),
        });
    }
    let unused = (!dotenv.is_empty()).then_some(AccessOrigin::DotEnv);
    let place = AccessOrigin::Environment;
    let mut access = ResolvedAccess::new(place, Owner::User, trust, environment);
    access.unused = unused;
    Ok(access)
}

/// Returns the profile of this name.
fn find<'p>(named: &NamedProfile, profiles: &'p [Profile]) -> Result<&'p Profile, AccessError> {
    let name = &named.name;
    let mut found = profiles.iter().filter(|profile| profile.name == *name);
    match (found.next(), found.next()) {
        (Some(profile), None) => Ok(profile),
        (Some(one), Some(other)) => Err(AccessError::TwoProfiles {
            name: name.clone(),
            files: [one.file.clone(), other.file.clone()],
        }),
        (None, _) => {
            let names = profiles.iter().map(|profile| profile.name.clone()).collect();
            Err(AccessError::NoProfile { name: name.clone(), names })
        }
    }
}

/// Says where variables are set: `UMAPI_URL and UMAPI_ORG_ID stand in ./.env`.
fn set_in(set: &Variables, place: &AccessOrigin) -> String {
    let names: Vec<&str> = set.keys().map(String::as_str).collect();
    match names.as_slice() {
        [one] => format!("{one} is in {place}"),
        [all @ .., last] => format!("{} and {last} are in {place}", all.join(", ")),
        [] => format!("nothing is in {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::access::{
        AUTH_ENDPOINT, AUTH_HOST, Access, CLIENT_ID, ORG_ID, SECRET, SECRET_FILE, URL,
    };
    use crate::import::profile::{ProfileNaming, SecretPlace};
    use std::path::Path;

    fn variables(names: &[&str]) -> Variables {
        names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect()
    }

    fn chosen(
        file: Option<&EnvFile>,
        environment: &Variables,
        dotenv: &Variables,
    ) -> Result<ResolvedAccess, AccessError> {
        let (profile, default_profile, trust) = (None, None, Trust::Users);
        let sources = AccessSources {
            file,
            profile,
            default_profile,
            profiles: &[],
            environment,
            dotenv,
            trust,
        };
        choose(&sources)
    }

    const WHOLE: [&str; 3] = [CLIENT_ID, SECRET, ORG_ID];

    #[test]
    fn a_whole_set_is_taken_from_one_place() {
        let (whole, none) = (variables(&WHOLE), Variables::default());
        let place = |file: Option<&Variables>, environment: &Variables, dotenv: &Variables| {
            let file = file.map(|variables| EnvFile {
                path: "f.env".into(),
                variables: variables.clone(),
                owner: Owner::User,
            });
            let access = chosen(file.as_ref(), environment, dotenv).unwrap();
            (access.place, access.unused)
        };
        assert_eq!(place(Some(&none), &whole, &whole), (AccessOrigin::File("f.env".into()), None));
        assert_eq!(place(None, &whole, &none), (AccessOrigin::Environment, None));
        assert_eq!(place(None, &none, &whole), (AccessOrigin::DotEnv, None));
        assert_eq!(
            place(None, &whole, &whole),
            (AccessOrigin::Environment, Some(AccessOrigin::DotEnv))
        );
        let with_url = variables(&[&WHOLE[..], &[URL]].concat());
        assert_eq!(
            place(None, &whole, &with_url),
            (AccessOrigin::Environment, Some(AccessOrigin::DotEnv))
        );
        // The environment has everything that .env has.
        assert_eq!(
            place(None, &with_url, &variables(&[URL, SECRET_FILE])),
            (AccessOrigin::Environment, Some(AccessOrigin::DotEnv))
        );
    }

    #[test]
    fn a_split_set_is_refused_and_both_places_are_named() {
        let cases: [(&[&str], &[&str]); 7] = [
            (&WHOLE, &[AUTH_HOST]),
            (&WHOLE, &[AUTH_ENDPOINT]),
            (&WHOLE, &[URL]),
            (&[CLIENT_ID, ORG_ID], &[SECRET]),
            (&[SECRET], &[CLIENT_ID, ORG_ID, SECRET_FILE]),
            (&[URL], &WHOLE),
            (&[SECRET_FILE], &[CLIENT_ID, ORG_ID, SECRET_FILE, AUTH_HOST]),
        ];
        for (environment, dotenv) in cases {
            let error =
                chosen(None, &variables(environment), &variables(dotenv)).unwrap_err().to_string();
            assert!(error.contains("in the environment") && error.contains("in ./.env"), "{error}");
            assert!(environment.iter().chain(dotenv).all(|name| error.contains(name)), "{error}");
        }
    }

    #[test]
    fn no_value_is_shown() {
        let variables: Variables =
            WHOLE.iter().map(|name| ((*name).to_owned(), "s3cret".to_owned())).collect();
        let access = Access::new(chosen(None, &variables, &Variables::default()));
        let shown = format!("{access:?}");
        assert!(shown.contains(CLIENT_ID) && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let empty: Variables =
            [CLIENT_ID, SECRET, SECRET_FILE, ORG_ID, AUTH_HOST, AUTH_ENDPOINT, URL]
                .iter()
                .map(|name| ((*name).to_owned(), " ".to_owned()))
                .collect();
        assert_eq!(chosen(None, &empty, &variables(&WHOLE)).unwrap().place, AccessOrigin::DotEnv);
    }

    fn profile(name: &str, file: &str) -> Profile {
        Profile {
            name: name.to_owned(),
            file: Path::new(file).to_owned(),
            owner: Owner::User,
            client_id: "id".to_owned(),
            org_id: "1@AdobeOrg".to_owned(),
            auth_host: None,
            auth_endpoint: None,
            url: None,
            secret: SecretPlace::Variable("X".to_owned()),
            is_production: false,
        }
    }

    #[test]
    fn profile_stands_between_the_file_and_the_environment() {
        let (whole, none) = (variables(&WHOLE), Variables::default());
        let profiles = [profile("a", "a.toml"), profile("b", "a.toml"), profile("b", "b.toml")];
        let named = |name: &str, by| NamedProfile { name: name.to_owned(), by };
        let place = |named: Option<&NamedProfile>,
                     default_profile: Option<&NamedProfile>,
                     environment: &Variables,
                     dotenv: &Variables| {
            let (file, trust) = (None, Trust::Users);
            let profiles = &profiles;
            let sources = AccessSources {
                file,
                profile: named,
                default_profile,
                profiles,
                environment,
                dotenv,
                trust,
            };
            choose(&sources)
                .map(|access| (access.place.to_string(), access.unused))
                .map_err(|error| error.to_string())
        };
        let a = named("a", ProfileNaming::Command);
        let of_a = "profile a in a.toml".to_owned();
        let unused = Some(AccessOrigin::Environment);
        assert_eq!(place(Some(&a), None, &whole, &none), Ok((of_a.clone(), unused)));
        // A folder does not override the environment.
        let folders = named("a", ProfileNaming::DotEnv);
        assert!(place(Some(&folders), None, &whole, &none).unwrap_err().contains("one place"));
        let unused = Some(AccessOrigin::DotEnv);
        assert_eq!(place(Some(&folders), None, &none, &whole), Ok((of_a.clone(), unused)));
        // The default is for commands without other credentials.
        let default = named("a", ProfileNaming::Default("c.toml".into()));
        assert_eq!(place(None, Some(&default), &none, &none), Ok((of_a, None)));
        let dotenv = Ok(("./.env".to_owned(), None));
        assert_eq!(place(None, Some(&default), &none, &whole), dotenv);
        let twice = place(Some(&named("b", ProfileNaming::Command)), None, &none, &none);
        let twice = twice.unwrap_err();
        assert!(twice.contains("a.toml") && twice.contains("b.toml"), "{twice}");
        let unknown = place(Some(&named("c", ProfileNaming::Command)), None, &none, &none);
        assert!(unknown.unwrap_err().contains("there is no profile `c`"));
    }
}
