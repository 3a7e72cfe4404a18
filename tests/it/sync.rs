//! `umbulk sync JOB.toml`: a weekly import that a file describes, with its guards.

use crate::hostile::Server;
use crate::world::{Run, World, bare, run, user};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions};

const HEAD: &str = "email,firstname,lastname,country\n";

/// The rows of this many people.
fn people(number: u32) -> String {
    let rows = (0..number).map(|n| format!("u{n:03}@example.com,Ann,Lee,US\n"));
    HEAD.to_owned() + &rows.collect::<String>()
}

/// An organization, and a job in a folder of its own.
struct Job {
    world: World,
}

impl Job {
    fn new(text: &str) -> Self {
        Self::in_world(World::with_groups(&["Design"]), text)
    }

    fn in_world(world: World, text: &str) -> Self {
        std::fs::create_dir(world.path("jobs")).unwrap();
        let job = Self { world };
        job.write(text);
        job.world.write("jobs/staff.csv", people(10));
        job
    }

    fn write(&self, text: &str) {
        self.world.write("jobs/weekly.toml", text);
    }

    fn command(&self, more: &[&str]) -> Command {
        self.world.command(&[&["sync", "jobs/weekly.toml"], more].concat())
    }

    fn run(&self, more: &[&str]) -> Run {
        run(&mut self.command(more))
    }
}

#[test]
fn job_is_the_import_that_it_describes() {
    let job = Job::new(
        "input = \"hr.csv\"\nresults = \"out.csv\"\ndefault-country = \"DE\"\n\
         [map]\nemail = \"Mail\"\nfirstname = \"Given\"\nlastname = \"Name\"\n\
         add_groups = { set = \"Design\" }\n",
    );
    job.world.write("jobs/hr.csv", "Mail,Given,Name\nann@example.com,Ann,Lee\n");
    // Settings of the folder are no part of the job.
    job.world.write("jobs/umbulk.toml", "strict = true\nresults = \"other.csv\"\n");
    let done = job.run(&[]);
    assert!(done.status == 0 && done.stderr.contains("jobs/weekly.toml"), "{done:?}");
    assert_eq!(job.world.groups_of("ann@example.com"), Some(vec!["Design".to_owned()]));
    assert_eq!(job.world.statuses("jobs/out.csv"), ["ok"]);
    // The same list again sends nothing.
    let requests = job.world.action_requests();
    assert_eq!(job.run(&[]).status, 0);
    assert_eq!(job.world.action_requests(), requests);
}

#[test]
fn job_prints_one_object_whatever_happens() {
    let job = Job::new("input = \"staff.csv\"\n");
    let object = |done: &Run| serde_json::from_str::<serde_json::Value>(&done.stdout).unwrap();
    let done = job.run(&["--json"]);
    assert_eq!(
        (object(&done)["exit"].as_u64(), object(&done)["rows"].as_u64()),
        (Some(0), Some(10))
    );
    job.write("input = \"none.csv\"\n");
    let done = job.run(&["--json"]);
    assert_eq!((done.status, object(&done)["exit"].as_u64()), (2, Some(2)));
    job.write("inputs = \"staff.csv\"\n");
    let done = job.run(&["--json"]);
    let error = object(&done)["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("`inputs` in jobs/weekly.toml") && error.contains("Did you mean input?")
    );
}

#[test]
fn key_that_is_none_is_refused_with_the_nearest_one() {
    let job = Job::new("");
    for (text, words) in [
        ("input = \"staff.csv\"\nmax-delete = 5\n", "Did you mean max-deletes?"),
        (
            "input = \"staff.csv\"\npicture = \"red\"\n",
            "this is not a key of a job: keys are \
                                                        `input`",
        ),
        ("input = \"staff.csv\"\nfresh = true\n", "this is for one run, and no job"),
        ("input = \"staff.csv\"\nplan = \"weekly.plan\"\n", "umbulk import --plan weekly.plan"),
        ("input = \"staff.csv\"\noverride = [\"action=delete\"]\n", "this is for one run"),
        ("input = \"staff.csv\"\nmax-shrink = \"a lot\"\n", "`max-shrink`: `a lot` is neither"),
        (
            "input = \"staff.csv\"\nconcurrency = \"many\"\n",
            "`concurrency` in weekly.toml is `many`",
        ),
        ("input = 5\n", "`input` must be a file in quotes"),
        ("input = \"-\"\n", "`input` must be a file in quotes"),
        ("results = \"x.csv\"\n", "`input` is missing"),
        ("input = \n", "weekly.toml, line 1"),
    ] {
        job.write(text);
        let done = job.run(&[]);
        assert!(done.status == 2 && done.stderr.contains(words), "{text}: {done:?}");
    }
    assert_eq!(job.world.sandbox.traffic().len(), 0);
    let done = run(&mut job.world.command(&["sync", "none.toml"]));
    assert!(
        done.status == 2 && done.stderr.contains("none.toml: there is no such file"),
        "{done:?}"
    );
}

/// What must be typed for an import is consented to by typing the name of the job.
#[test]
fn job_may_say_what_must_be_typed_elsewhere() {
    let mut directory = Directory::default();
    directory.add_user(&user("left@example.com", &[]));
    for number in 0..20 {
        directory.add_user(&user(&format!("u{number:03}@example.com"), &[]));
    }
    let world = World::new(directory, SandboxOptions::default());
    let job = Job::in_world(
        world,
        "input = \"staff.csv\"\nonline = true\nskip-unchanged = true\nyes = true\n\
         missing = \"leave\"\nmanaged-domain = \"example.com\"\n",
    );
    job.world.write("jobs/staff.csv", people(20));
    let done = job.run(&[]);
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(job.world.groups_of("left@example.com"), None, "{done:?}");
    assert!(job.world.groups_of("u000@example.com").is_some());
}

#[test]
fn list_that_shrank_is_refused_until_somebody_says_that_it_is_complete() {
    let job = Job::new("input = \"staff.csv\"\n");
    assert_eq!(job.run(&[]).status, 0);
    let requests = job.world.action_requests();
    let week = |rows: u32, more: &[&str]| {
        job.world.write("jobs/staff.csv", people(rows));
        job.run(more)
    };
    let done = week(7, &[]);
    assert!(
        done.status == 2
            && done.stderr.contains("7 rows now, 10 on ")
            && done.stderr.contains("use --max-shrink off once"),
        "{done:?}"
    );
    assert_eq!(job.world.action_requests(), requests);
    // A refused list is no measure.
    assert_eq!(week(8, &[]).status, 0);
    assert_eq!(week(5, &[]).status, 2);
    assert_eq!(week(5, &["--test-mode", "--max-shrink", "off"]).status, 0);
    assert_eq!(week(5, &[]).status, 2, "a test is no run");
    assert_eq!(week(5, &["--max-shrink", "off"]).status, 0);
    assert_eq!(week(4, &[]).status, 0);
    job.write("input = \"staff.csv\"\nmax-shrink = \"80%\"\n");
    assert_eq!(week(1, &[]).status, 0);
}

#[test]
fn job_runs_once_at_a_time() {
    let latency = Duration::from_millis(400);
    let options = SandboxOptions { latency, ..SandboxOptions::default() };
    let world = World::new(Directory::default(), options);
    let job = Job::in_world(world, "input = \"staff.csv\"\nconcurrency = 1\n");
    job.world.write("jobs/staff.csv", people(60));
    let mut first = job.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    crate::screens::wait_for(|| job.world.action_requests() > 0);
    let done = job.run(&[]);
    assert!(
        done.status == 2
            && done.stderr.contains(&format!("is running already (process {})", first.id())),
        "{done:?}"
    );
    assert!(first.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn job_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let job = Job::new("input = \"staff.csv\"\n");
    let open = |name: &str, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(job.world.path(name), mode).unwrap();
    };
    open("jobs/weekly.toml", 0o660);
    let done = job.run(&[]);
    assert!(done.status == 2 && done.stderr.contains("other users can write it"), "{done:?}");
    open("jobs/weekly.toml", 0o644);
    open("jobs", 0o777);
    let done = job.run(&[]);
    assert!(done.status == 2 && done.stderr.contains("can replace it in its folder"), "{done:?}");
    assert_eq!(job.world.sandbox.traffic().len(), 0);
    open("jobs", 0o755);
    assert_eq!(job.run(&[]).status, 0);
}

/// Credentials of a job: its own profile counts before the environment, what is typed before it.
#[test]
fn job_names_its_profile() {
    let job = Job::new("");
    let table = |name: &str, secret: &str| {
        format!(
            "[profiles.{name}]\nclient-id = \"{}\"\norg-id = \"{}\"\nauth-host = \"{}\"\n\
             url = \"{}\"\n{secret}\n",
            job.world.options.client_id,
            job.world.options.org_id,
            job.world.sandbox.auth_host(),
            job.world.sandbox.url(),
        )
    };
    job.world.write("secret.txt", &job.world.options.client_secret);
    let good = table("acme", "client-secret-file = \"../secret.txt\"");
    let other = table("other", "client-secret-env = \"NOT_SET\"");
    job.write(&format!("input = \"staff.csv\"\nprofile = \"acme\"\n{good}{other}"));
    let mut command = bare(job.world.folder.path(), &["sync", "jobs/weekly.toml"]);
    command.env("UMBULK_RATE", "off").env("UMAPI_CLIENT_ID", "somebody");
    let done = run(&mut command);
    assert!(done.status == 0 && done.stderr.contains("from profile acme in"), "{done:?}");
    let done = job.run(&["--profile", "other"]);
    assert!(done.status == 2 && done.stderr.contains("profile other in"), "{done:?}");
}

/// The same command continues a run that stopped, and `status` names it.
#[test]
fn job_that_stopped_goes_on() {
    let job = Job::new("input = \"staff.csv\"\nmax-errors = 1\n");
    let bad = "action,email,firstname,lastname,country\nupdate,x@example.com,X,Y,\n\
               update,y@example.com,X,Y,\nupdate,z@example.com,X,Y,\n";
    job.world.write("jobs/staff.csv", bad);
    let done = job.run(&[]);
    assert!(done.status == 3 || done.status == 1, "{done:?}");
    let status = run(&mut bare(&job.world.path("jobs"), &["status"]));
    assert_eq!(status.status, 0, "{status:?}");
    if done.status == 3 {
        assert!(done.stdout.contains("To continue: umbulk sync jobs/weekly.toml"), "{done:?}");
        let path = job.world.path("jobs/weekly.toml").canonicalize().unwrap();
        assert!(status.stdout.contains(&format!("umbulk sync {}", path.display())), "{status:?}");
    }
    // The rows to fix are no job.
    assert!(!done.stdout.contains("umbulk sync jobs/staff.failed.csv"), "{done:?}");
}

/// A server of the folder's choice gets nothing from a job that names no credentials.
#[test]
fn folder_of_a_job_does_not_choose_hosts_for_the_environment() {
    let listener = Server::start(|stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")));
    let job = Job::new("input = \"staff.csv\"\n");
    job.world.write("jobs/.env", format!("UMAPI_URL=http://127.0.0.1:{}\n", listener.port));
    let mut command = bare(job.world.folder.path(), &["sync", "jobs/weekly.toml"]);
    command.env("UMAPI_CLIENT_ID", "x").env("UMAPI_CLIENT_SECRET", "y").env("UMAPI_ORG_ID", "z");
    let done = run(&mut command);
    assert!(done.status == 2 && done.stderr.contains("must be in one place"), "{done:?}");
    assert_eq!(listener.received.lock().unwrap().len(), 0);
}
