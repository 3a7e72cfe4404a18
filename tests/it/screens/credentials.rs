//! Credentials that are not there, stand in two places, are refused, or would go to the wrong host;
//! and `umbulk check`.

use super::Screens;
use crate::hostile::Server;
use crate::world::World;
use std::io::Write;
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
const NONE: &str =
    "UMAPI_CLIENT_ID= UMAPI_CLIENT_SECRET= UMAPI_ORG_ID= UMAPI_AUTH_HOST= UMAPI_URL=";

fn world() -> World {
    let world = World::with_groups(&[]);
    world.write("staff.csv", FILE);
    world
}

#[test]
fn credentials_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("credentials", folder.path());
    screens.file("staff.csv", FILE).file("half.env", "UMAPI_CLIENT_ID=client\n");
    screens.show_all(&[
        ("none_for_import", "umbulk import staff.csv"),
        ("none_for_import_as_json", "umbulk import staff.csv --json"),
        ("none_for_check", "umbulk check"),
        ("none_for_export", "umbulk export users"),
        ("none_for_usage_online", "umbulk usage --online"),
        ("none_for_plan_online", "umbulk plan staff.csv --online"),
        ("half_in_the_environment", "UMAPI_CLIENT_ID=client umbulk check"),
        ("half_in_a_file", "umbulk check --env-file half.env"),
        ("env_file_missing", "umbulk check --env-file my.env"),
        ("snapshot_without_organization", "umbulk usage"),
    ]);
}

#[test]
fn credentials_in_two_places() {
    let world = world();
    let screens = Screens::of("credentials", &world);
    screens
        .file(".env", "UMAPI_ORG_ID=1@AdobeOrg\n")
        .show("two_places", "UMAPI_ORG_ID= umbulk check");
    screens
        .file(".env", "UMAPI_AUTH_HOST=ims.example.com\n")
        .show("two_places_host", "umbulk check");
    screens.file(
        ".env",
        "UMAPI_ORG_ID=1@AdobeOrg\nUMAPI_CLIENT_ID=other\nUMAPI_CLIENT_SECRET=secret\n",
    );
    screens.show("whole_set_in_each", "umbulk check");
}

#[test]
fn credentials_that_are_wrong() {
    let world = world();
    let screens = Screens::of("credentials", &world);
    screens.file("two.txt", "one\ntwo\n");
    screens.show_all(&[
        ("check_good", "umbulk check"),
        ("refused_secret", "UMAPI_CLIENT_SECRET=wrong umbulk check"),
        ("refused_secret_import", "UMAPI_CLIENT_SECRET=wrong umbulk import staff.csv"),
        (
            "refused_secret_import_as_json",
            "UMAPI_CLIENT_SECRET=wrong umbulk import staff.csv --json",
        ),
        ("refused_secret_export", "UMAPI_CLIENT_SECRET=wrong umbulk export users"),
        ("refused_client", "UMAPI_CLIENT_ID=somebody umbulk check"),
        ("organization_of_somebody_else", "UMAPI_ORG_ID=12345@AdobeOrg umbulk check"),
        (
            "organization_of_somebody_else_import",
            "UMAPI_ORG_ID=12345@AdobeOrg umbulk import staff.csv",
        ),
        ("organization_not_the_one_meant", "umbulk import staff.csv --org 99999@AdobeOrg"),
        (
            "secret_of_two_lines",
            "UMAPI_CLIENT_SECRET= UMAPI_CLIENT_SECRET_FILE=two.txt umbulk check",
        ),
        (
            "secret_file_missing",
            "UMAPI_CLIENT_SECRET= UMAPI_CLIENT_SECRET_FILE=none.txt umbulk check",
        ),
        ("certificates_missing", "umbulk check --ca-file none.pem"),
        ("certificates_that_are_none", "umbulk check --ca-file staff.csv"),
    ]);
}

#[test]
fn hosts_that_are_wrong() {
    let world = world();
    Screens::of("credentials", &world).show_all(&[
        ("host_unencrypted", "UMAPI_URL=http://umapi.example.com umbulk check"),
        ("host_with_a_password", "UMAPI_URL=https://me:secret@umapi.example.com umbulk check"),
        ("host_that_is_no_address", "'UMAPI_AUTH_HOST=ims example' umbulk check"),
        (
            "endpoint_that_leads_away",
            "UMAPI_AUTH_ENDPOINT=https://other.example.com/token umbulk check",
        ),
        (
            "token_host_that_does_not_answer",
            "UMAPI_AUTH_HOST=http://127.0.0.1:9 umbulk check --max-attempts 2",
        ),
        (
            "api_host_that_does_not_answer",
            "UMAPI_URL=http://127.0.0.1:9/v2/usermanagement umbulk check --max-attempts 2",
        ),
        (
            "api_host_that_is_another",
            "UMAPI_URL=http://127.0.0.1:9 umbulk import staff.csv --max-attempts 2",
        ),
    ]);
}

#[test]
fn credentials_of_a_file_that_is_named() {
    let world = world();
    let screens = Screens::of("credentials", &world);
    let mut lines = String::new();
    for (name, value) in world
        .command(&[])
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)))
    {
        if name.starts_with("UMAPI_") {
            lines += &format!("{name}={value}\n");
        }
    }
    screens.file("my.env", &lines).file("umbulk.toml", "env-file = \"my.env\"\n");
    screens.show("env_file_of_the_folder_beside_the_environment", "umbulk check");
    screens.show("env_file_of_the_folder", &format!("{NONE} umbulk check"));
    std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    screens.show("env_file_typed", "umbulk check --env-file my.env");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(world.path("my.env"), std::fs::Permissions::from_mode(0o644))
            .unwrap();
        screens.show("env_file_that_others_can_read", "umbulk check --env-file my.env");
    }
}

#[test]
fn clock_that_is_wrong() {
    let world = world();
    let server = Server::start(|stream| {
        let body = r#"{"result":"error.user.not_found"}"#;
        let head =
            "HTTP/1.1 404 Not Found\r\nconnection: close\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT";
        let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    });
    let screens =
        Screens::of("credentials", &world).at(format!("http://127.0.0.1:{}", server.port));
    screens.show("clock_wrong", "umbulk check");
}

#[test]
fn token_service_in_trouble() {
    let world = world();
    let screens = Screens::of("credentials", &world);
    world.sandbox.faults().next_tokens([503; 9]);
    screens.show("token_service_down", "umbulk check --max-attempts 2");
}

#[test]
fn organization_that_refuses_the_credentials() {
    for (name, status, body) in [
        (
            "read_refused_401",
            401,
            r#"{"error_code":"401013","message":"Oauth token is not valid"}"#,
        ),
        ("read_refused_403_key", 403, r#"{"error_code":"403000","message":"Api Key is invalid"}"#),
        ("read_refused_403_page", 403, "<html><body>Forbidden</body></html>"),
        (
            "read_refused_403_role",
            403,
            r#"{"error_code":"403025","message":"Profile is not valid"}"#,
        ),
        (
            "read_refused_404",
            404,
            r#"{"result":"error.organization.invalid_id","message":"no such organization"}"#,
        ),
    ] {
        let world = world();
        let fault = InjectedFault::Answer { status, headers: Vec::new(), body: body.to_owned() };
        world.sandbox.faults().next_reads((0..9).map(|_| Some(fault.clone())));
        Screens::of("credentials", &world).show(name, "umbulk check --max-attempts 2");
    }
}

/// A folder may belong to another person: what it names must not lead a secret to that person.
#[test]
fn secrets_that_a_folder_could_lead_away() {
    let world = world();
    let screens = Screens::of("credentials", &world);
    screens.file("umbulk.toml", "ca-file = \"theirs.pem\"\n");
    screens.show("certificates_of_the_settings_file", "umbulk check");
    screens.show("certificates_typed", "umbulk check --ca-file theirs.pem");
    std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    screens.file(".env", "UMBULK_CA_FILE=theirs.pem\n");
    screens.show("certificates_of_the_env_file", "umbulk check");
    std::fs::create_dir(world.path("team")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("secret"), "secret\n").unwrap();
    let place = elsewhere.path().join("secret").display().to_string();
    screens.file(
        ".env",
        format!(
            "UMAPI_CLIENT_ID=client\nUMAPI_ORG_ID=1@AdobeOrg\nUMAPI_CLIENT_SECRET_FILE={place}\n\
             UMAPI_URL=https://theirs.example.com/v2/usermanagement\n"
        ),
    );
    let mut done = crate::world::run(&mut screens.command(&format!("{NONE} umbulk check")));
    done.stderr = done.stderr.replace(&place, "/elsewhere/secret");
    screens.compare("secret_file_of_another_folder", "umbulk check", &done);
}

#[test]
fn secret_of_two_lines_in_the_environment() {
    let world = world();
    let screens = Screens::of("credentials", &world);
    let mut command = screens.command("umbulk check");
    command.env("UMAPI_CLIENT_SECRET", "one\ntwo");
    screens.compare(
        "secret_of_two_lines_in_the_environment",
        "umbulk check",
        &crate::world::run(&mut command),
    );
}

#[test]
fn server_that_sends_no_time() {
    let world = world();
    let server = Server::start(|stream| {
        let body = r#"{"result":"error.user.not_found"}"#;
        let head = "HTTP/1.1 404 Not Found\r\nconnection: close";
        let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    });
    Screens::of("credentials", &world)
        .at(format!("http://127.0.0.1:{}", server.port))
        .show("clock_unknown", "umbulk check");
}

/// The organizations that are configured in the folder and by the user.
#[test]
fn profiles_of_the_folder_and_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("credentials", folder.path());
    screens.show("profiles_none", "umbulk profiles");
    std::fs::create_dir_all(folder.path().join(".config/umbulk")).unwrap();
    screens.file(
        ".config/umbulk/config.toml",
        "[profiles.acme]\nclient-id = \"client\"\norg-id = \"1@AdobeOrg\"\nproduction = true\n\
         client-secret-file = \"acme.secret\"\n",
    );
    screens.file(
        "umbulk.toml",
        "[profiles.rehearsal]\nclient-id = \"client\"\norg-id = \"2@AdobeOrg\"\n\
         auth-host = \"ims.example.com\"\nurl = \"umapi.example.com\"\n\
         client-secret-env = \"REHEARSAL_SECRET\"\n",
    );
    screens.show_all(&[
        ("profiles_listed", "umbulk profiles"),
        ("profiles_named", "umbulk profiles --profile acme"),
        ("profiles_named_by_variable", "UMBULK_PROFILE=rehearsal umbulk profiles"),
        ("profiles_beside_the_environment", "UMAPI_ORG_ID=3@AdobeOrg umbulk profiles"),
        ("profiles_as_json", "umbulk profiles --json --profile rehearsal"),
        ("profiles_unknown", "umbulk profiles --profile acne"),
    ]);
    screens.file(".config/umbulk/config.toml", "strict = true\n");
    screens.show("configuration_with_an_unknown_key", "umbulk profiles");
    screens.file(".config/umbulk/config.toml", "");
    screens.file("umbulk.toml", "[profiles.acme]\nclient-id = \"x\"\nclient_secret = \"y\"\n");
    screens.show("profile_with_the_secret_itself", "umbulk check");
}

/// What `umbulk check` says of servers that answer as written down.
#[test]
fn check_says_what_is_wrong() {
    let world = world();
    let answer = |status: &'static str, body: &'static str, date: &'static str| {
        Server::answering_all(move |stream, _| {
            let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ndate: {date}");
            let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        })
    };
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    let now: &'static str = Box::leak(now.into_boxed_str());
    let old = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (name, status, body, date) in [
        (
            "check_wrong_secret",
            "400 Bad Request",
            r#"{"error":"invalid_client","error_description":"invalid client_secret parameter"}"#,
            now,
        ),
        (
            "check_wrong_client",
            "400 Bad Request",
            r#"{"error":"invalid_client","error_description":"invalid client_id parameter"}"#,
            now,
        ),
        ("check_api_not_added", "400 Bad Request", r#"{"error":"invalid_scope"}"#, now),
        ("check_refused_and_clock_wrong", "401 Unauthorized", r#"{"error":"invalid_token"}"#, old),
    ] {
        let server = answer(status, body, date);
        Screens::of("credentials", &world)
            .at(format!("http://127.0.0.1:{}", server.port))
            .show(name, "umbulk check");
    }
    // A proxy that wants a password, and a certificate that nobody trusts.
    let proxy = answer("407 Proxy Authentication Required", "", now);
    Screens::of("credentials", &world).at("https://umapi.example.com".to_owned()).show(
        "check_proxy_refuses",
        &format!("HTTPS_PROXY=http://127.0.0.1:{} umbulk check", proxy.port),
    );
    let options = SandboxOptions { tls_port: Some(0), ..SandboxOptions::default() };
    let encrypted = World::new(Directory::default(), options);
    let (https, _) = encrypted.sandbox.https().unwrap();
    Screens::of("credentials", &encrypted)
        .at(format!("https://{https}"))
        .show("check_certificate_not_trusted", "umbulk check");
}
