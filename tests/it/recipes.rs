//! The recipes and the tutorial in `docs/`: what the pages show is what is run.

use crate::world::{Run, World, bare, run, user};
use calamine::{Reader, Xlsx, open_workbook};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions};

const PAGE: &str = include_str!("../../docs/recipes.md");
const TUTORIAL: &str = include_str!("../../docs/tutorial.md");

/// A block of the page: its language, and its lines.
struct Block {
    language: String,
    text: String,
}

/// The blocks of a recipe, in order.
fn blocks(heading: &str) -> Vec<Block> {
    let (_, recipe) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("there is no recipe {heading}"));
    blocks_in(recipe.split("\n## ").next().unwrap_or_default())
}

/// The blocks of a page, in order.
fn blocks_in(page: &str) -> Vec<Block> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            let (language, text) = block.split_once('\n').unwrap();
            Block { language: language.to_owned(), text: text.to_owned() }
        })
        .collect()
}

/// The shell commands of a recipe, block by block.
fn commands(heading: &str) -> Vec<String> {
    let shell = blocks(heading).into_iter().filter(|block| block.language == "sh");
    shell.map(|block| block.text).collect()
}

/// The table that a recipe shows.
fn table(heading: &str) -> String {
    let shown = blocks(heading).into_iter().find(|block| block.language == "csv");
    shown.unwrap_or_else(|| panic!("{heading} shows no table")).text
}

/// Runs a block in the folder of a world, as a shell does. It ends at the first command that fails.
fn shell(world: &World, block: &str) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_umbulk"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    // The environment of the world's own commands.
    for (name, value) in world.command(&[]).get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.env("PATH", format!("{}:{path}", program.parent().unwrap().display()));
    shell.current_dir(world.folder.path()).args(["-e", "-c", block]);
    run(&mut shell)
}

/// Runs every block of a recipe; each must end with 0.
fn follow(world: &World, heading: &str) -> Vec<Run> {
    let runs = commands(heading).iter().map(|block| shell(world, block)).collect::<Vec<_>>();
    assert!(!runs.is_empty(), "{heading} has no commands");
    for run in &runs {
        assert_eq!(run.status, 0, "{heading}: {run:?}");
    }
    runs
}

/// An organization with these groups, and three people in some of them.
fn organization() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Photo Course"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_group(&SandboxGroup::profile("All Apps"));
    for (first, last, groups) in
        [("Dora", "May", &["Design"][..]), ("Emil", "Ray", &["Design"]), ("Kim", "Fox", &[])]
    {
        let email = format!("{first}.{last}@example.com").to_lowercase();
        let mut person = user(&email, groups);
        first.clone_into(&mut person.firstname);
        last.clone_into(&mut person.lastname);
        "DE".clone_into(&mut person.country);
        directory.add_user(&person);
    }
    World::new(directory, SandboxOptions::default())
}

/// The groups of people of example.com.
fn groups_of(world: &World, people: &[&str]) -> Vec<Option<Vec<String>>> {
    people.iter().map(|person| world.groups_of(&format!("{person}@example.com"))).collect()
}

fn some(groups: &[&str]) -> Option<Vec<String>> {
    Some(groups.iter().map(|group| (*group).to_owned()).collect())
}

#[test]
fn new_people_from_a_spreadsheet() {
    let heading = "New people from a spreadsheet";
    let world = organization();
    world.write("joiners.csv", table(heading));
    follow(&world, heading);
    let people = ["ann.lee", "ben.ode"];
    assert_eq!(groups_of(&world, &people), [some(&["Design"]), some(&["Design", "Video"])]);
}

#[test]
fn weekly_list_sends_only_what_has_changed() {
    let heading = "The weekly list";
    let world = organization();
    world.write("staff.csv", table(heading));
    follow(&world, heading);
    let people = ["dora.may", "emil.ray", "finn.poe"];
    let groups = [some(&["Design", "Video"]), some(&["Design"]), some(&["Design"])];
    assert_eq!(groups_of(&world, &people), groups);
    assert_eq!(world.statuses("staff.results.csv"), ["ok", "unchanged", "ok"]);
    assert_eq!(world.action_requests(), 1);
}

#[test]
fn people_who_leave_are_removed() {
    let heading = "People who leave";
    let world = organization();
    world.write("leavers.csv", table(heading));
    follow(&world, heading);
    assert_eq!(groups_of(&world, &["dora.may", "emil.ray", "kim.fox"]), [None, None, some(&[])]);
}

#[test]
fn many_people_join_one_group_and_leave_it() {
    let heading = "Many people into one group";
    let world = organization();
    world.import(
        "finn.csv",
        "email,firstname,lastname,country\nfinn.poe@example.com,F,P,DE\n",
        &[],
    );
    world.write("course.csv", table(heading));
    let commands = commands(heading);
    let lines: Vec<&str> = commands[0].lines().collect();
    let joined = shell(&world, lines[0]);
    assert_eq!(joined.status, 0, "{joined:?}");
    let people = ["dora.may", "emil.ray", "finn.poe"];
    let with_course = [
        some(&["Design", "Photo Course"]),
        some(&["Design", "Photo Course"]),
        some(&["Photo Course"]),
    ];
    assert_eq!(groups_of(&world, &people), with_course);
    let left = shell(&world, lines[1]);
    assert_eq!(left.status, 0, "{left:?}");
    assert_eq!(groups_of(&world, &people), [some(&["Design"]), some(&["Design"]), some(&[])]);
}

/// Saves a workbook with other text in the cells that hold this one.
fn edit_cell(path: &Path, before: &str, after: &str) {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let [(name, cells)] = <[_; 1]>::try_from(workbook.worksheets()).unwrap();
    let mut sheet = rust_xlsxwriter::Worksheet::new();
    sheet.set_name(name).unwrap();
    let mut edited = 0;
    for (row, column, cell) in cells.used_cells() {
        let text = cell.to_string();
        edited += usize::from(text == before);
        let text = if text == before { after.to_owned() } else { text };
        sheet.write_string(row.try_into().unwrap(), column.try_into().unwrap(), text).unwrap();
    }
    assert_eq!(edited, 1);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.push_worksheet(sheet);
    workbook.save(path).unwrap();
}

#[test]
fn ten_cells_in_excel_change_ten_cells() {
    let heading = "Ten cells in Excel";
    let world = organization();
    let commands = commands(heading);
    assert_eq!(shell(&world, &commands[0]).status, 0);
    edit_cell(&world.path("users.xlsx"), "May", "May-Lind");
    let imported = shell(&world, &commands[1]);
    assert_eq!(imported.status, 0, "{imported:?}");
    let directory = world.sandbox.directory();
    assert_eq!(directory.user("dora.may@example.com").unwrap().lastname, "May-Lind");
    let changed =
        world.statuses("users.results.csv").iter().filter(|status| *status == "ok").count();
    assert_eq!(changed, 1);
}

#[test]
fn licences_are_counted() {
    let world = organization();
    let [block] = <[_; 1]>::try_from(commands("Licences")).unwrap();
    // No snapshot is as old as the dates on the page.
    let dates = "umbulk diff 2026-10-01 2026-11-01";
    assert!(block.contains(dates));
    let run = shell(&world, &block.replace(dates, "umbulk diff latest latest"));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("All Apps"), "{run:?}");
    assert!(world.path("usage.csv").is_file());
}

#[test]
fn addresses_move_to_a_new_domain() {
    let heading = "A new domain for addresses";
    let world = organization();
    world.write("moves.csv", table(heading));
    follow(&world, heading);
    assert_eq!(world.groups_of("dora.may@example.org"), some(&["Design"]));
    assert_eq!(groups_of(&world, &["dora.may", "emil.ray"]), [None, None]);
}

/// Writes the credentials of an organization into a file, as the recipes expect it.
fn write_env(world: &World, name: &str, sandbox: &Sandbox, options: &SandboxOptions) {
    let text = format!(
        "UMAPI_URL={}\nUMAPI_AUTH_HOST={}\nUMAPI_CLIENT_ID={}\nUMAPI_CLIENT_SECRET={}\n\
         UMAPI_ORG_ID={}\n",
        sandbox.url(),
        sandbox.auth_host(),
        options.client_id,
        options.client_secret,
        options.org_id
    );
    world.write(name, text);
}

/// An organization to come from, and an empty one to go to, with the files of their credentials.
fn two_organizations() -> (World, Sandbox) {
    let world = organization();
    let options = SandboxOptions {
        org_id: "00000000000000000000BBBB@AdobeOrg".to_owned(),
        ..SandboxOptions::default()
    };
    let new = Sandbox::start(options.clone(), Directory::default()).unwrap();
    write_env(&world, "old.env", &world.sandbox, &world.options);
    write_env(&world, "new.env", &new, &options);
    (world, new)
}

#[test]
fn people_move_from_one_organization_to_another() {
    let (world, new) = two_organizations();
    follow(&world, "From one organization to another");
    let directory = new.directory();
    let dora = directory.user("dora.may@example.com").unwrap();
    assert!(dora.groups.contains("Design"), "{dora:?}");
    assert!(directory.user("kim.fox@example.com").is_some());
}

#[test]
fn two_organizations_on_one_computer_are_kept_apart() {
    let (world, new) = two_organizations();
    let row = "email,firstname,lastname,country\nann.lee@example.com,Ann,Lee,DE\n";
    world.write("joiners.csv", row);
    follow(&world, "Two organizations on one computer");
    assert!(new.directory().user("ann.lee@example.com").is_some());
    assert_eq!(world.groups_of("ann.lee@example.com"), None);
    let other = shell(
        &world,
        &commands("Two organizations on one computer")[0]
            .replace("--env-file new.env", "--env-file old.env"),
    );
    assert_eq!(other.status, 2, "{other:?}");
}

#[test]
fn import_is_taken_back() {
    let heading = "Taking an import back";
    let world = organization();
    world.write("moved.csv", table(heading));
    let people = ["dora.may", "kim.fox"];
    let before = groups_of(&world, &people);
    let import = commands(heading)[0].lines().next().unwrap().to_owned();
    assert_eq!(shell(&world, &import).status, 0);
    let after = [some(&["Design", "Video"]), some(&["Design", "Video"])];
    assert_eq!(groups_of(&world, &people), after);
    let rest: Vec<String> = commands(heading)[0].lines().skip(1).map(ToOwned::to_owned).collect();
    let undone = shell(&world, &rest.join("\n"));
    assert_eq!(undone.status, 0, "{undone:?}");
    assert_eq!(groups_of(&world, &people), before);
}

#[test]
fn scheduled_import_prints_one_object() {
    let heading = "Every Monday at six, by cron or Task Scheduler";
    let world = organization();
    world.write("staff.csv", table("The weekly list"));
    let job = blocks(heading).into_iter().find(|block| block.language == "toml").unwrap().text;
    world.write("weekly.toml", job);
    follow(&world, heading);
    let printed = std::fs::read_to_string(world.path("last-run.json")).unwrap();
    let object: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(object["exit"], 0, "{printed}");
    let command = commands(heading)[0].trim().to_owned();
    let cron = blocks(heading).into_iter().find(|block| block.language == "text").unwrap().text;
    assert!(cron.contains(&command), "cron runs another command");
    // cron sends a mail for every output.
    let (_, command) = cron.split_once("&& ").unwrap();
    let run = shell(&world, command);
    assert_eq!((run.status, run.stdout, run.stderr), (0, String::new(), String::new()));
    world.write("staff.csv", "email\nann.lee@example\n");
    let run = shell(&world, command);
    assert!(run.stdout.contains("staff.csv"), "{run:?}");
}

/// The organization of the tutorial, started as the page shows it. It stops with this value.
struct PracticeOrganization(Child);

impl PracticeOrganization {
    fn start(world: &World, line: &str) -> Self {
        let words = shlex::split(line).unwrap();
        let args: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let mut child = bare(world.folder.path(), &args).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().starts_with("listening")));
        Self(child)
    }
}

impl Drop for PracticeOrganization {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn tutorial_leads_to_three_new_people() {
    let world = World::with_groups(&[]);
    let blocks = blocks_in(TUTORIAL);
    let _practice = PracticeOrganization::start(&world, &blocks[0].text);
    let table = blocks.iter().find(|block| block.language == "csv").unwrap();
    world.write("new.csv", &table.text);
    let mut shown = blocks.iter().filter(|block| block.language == "sh").map(|block| &block.text);
    let mut step = || shell(&world, shown.next().unwrap());

    let before = step();
    assert_eq!(before.status, 0, "{before:?}");
    let checked = step();
    assert!(checked.stderr.contains("Germny") && checked.stderr.contains("carla.poe@example"));
    let text = table.text.replace("Germny", "Germany");
    let text = text.replace("carla.poe@example,", "carla.poe@example.com,");
    world.write("new.csv", &text);
    let planned = step();
    let screen = planned.stdout + &planned.stderr;
    assert!(screen.contains("`Desing`") && screen.contains("`Design`"), "{screen}");
    world.write("new.csv", text.replace("Desing", "Design"));
    let imported = step();
    assert_eq!(imported.status, 0, "{imported:?}");
    assert!(imported.stdout.contains("carla.poe@example.com"), "{imported:?}");
    for person in ["ann.lee", "ben.ode", "carla.poe"] {
        let email = format!("{person}@example.com");
        let rows = world.rows("after.csv");
        let row = rows.iter().find(|row| row["email"] == email).unwrap();
        assert_eq!(row["groups"], "Design", "{email}");
    }
    assert!(shown.next().is_none(), "a block of the tutorial is not run");
}

/// The commands that a page shows: in its blocks, and between backticks.
fn shown_commands(page: &str) -> Vec<String> {
    let blocks = blocks_in(page);
    let lines = blocks.iter().flat_map(|block| block.text.lines());
    let lines = lines.map(|line| line.split("  #").next().unwrap_or(line).trim());
    let outside = page.split("```").step_by(2);
    let spans = outside.flat_map(|text| text.split('`').skip(1).step_by(2));
    lines
        .chain(spans)
        .filter(|text| text.starts_with("umbulk ") && !text.starts_with("umbulk …"))
        .map(|text| text.split([';', '>', '|', '&']).next().unwrap_or(text).replace('…', ""))
        .map(|text| text.replace(" DIALECT", " native").replace(" SHELL", " bash"))
        .collect()
}

#[test]
fn commands_in_the_docs_are_known() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(top.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    // The program has written the reference.
    let docs = docs.filter(|page| !page.ends_with("reference.md"));
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for page in docs.chain([top.join("README.md")]) {
        let text = std::fs::read_to_string(&page).unwrap();
        for command in shown_commands(&text) {
            let words = shlex::split(&command).unwrap_or_else(|| panic!("{page:?}: {command}"));
            let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            // With `--help`, nothing is done, but options before it must exist.
            let help = run(&mut bare(folder.path(), &[&words[..], &["--help"]].concat()));
            assert_eq!(help.status, 0, "{page:?}: {command}: {help:?}");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn every_recipe_has_a_test() {
    let tests = include_str!("recipes.rs");
    for heading in PAGE.lines().filter_map(|line| line.strip_prefix("## ")) {
        assert!(tests.contains(&format!("{heading:?}")), "{heading} is not run");
    }
}
