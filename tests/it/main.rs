//! Black-box tests: the binary, real files, an organization on loopback. They assert the final
//! state of the organization and the outcome of each row.
//!
//! The index: one line a file, by theme. A new file gets a line here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "a test tells its whole story")]

// Tools of the tests.
mod at_terminal; // A terminal at which somebody answers a question.
#[cfg(unix)]
mod database_proxy; // Lies between programs and a database, and can cut all connections.
#[cfg(unix)]
#[allow(dead_code, reason = "unit tests use more of it")]
mod postgres; // A PostgreSQL server.
mod scripted; // A server that answers as a test has written down.
mod world; // A folder, an organization on loopback, and the binary between them.

// The project itself.
mod circles; // No two files of the source import each other in a circle.
mod explained_codes; // Each code is explained, and what is explained is a code.
mod flags; // A message names only options that its command has.
mod generated; // Completions of shells and manual pages.
mod grammar; // A noun goes with its number, on every screen.
mod pages_in_browser; // Pages of HTML in Chromium, where it is installed.
mod program_messages; // What a program is told names no option.
mod readme; // What the README shows is what the program prints.
mod recipes; // The recipes of the docs are run as they are shown.
mod report_pages; // Pages of HTML about imports, usage and changes.
mod structure; // The order of the folders, unique type names, this index.

// Input files: read, refused, rows skipped.
mod advice; // Advice about a file that cannot be read works when it is followed.
mod advice_index; // Every advised option has a test that follows the advice.
mod advice_of_rows; // What messages about files and rows advise works when it is typed.
mod bad_input; // A clear message, the exit status, an outcome for every row.
mod containers; // Tables in archives and JSON arrays; files of other kinds are named.
mod dialects; // Files as real programs save them.
mod foreign_headers; // Columns in other languages are proposed, never dropped.
mod found_headers; // The header below other lines; rows above it.
mod half_names; // Last names in two columns.
mod jsonl; // JSON Lines import as tables do.
mod leaver_lists; // Lists that only name people or groups.
mod leaver_titles; // Titles and headings that say that people leave.
mod mapping_files; // Mapping files: read, refused, written, and what they make of rows.
mod mixed_columns; // A column of another dialect is read, or the table is refused.
mod near_columns; // Headers with typing errors, and the proposed options.
mod odd_cells; // What programs of all countries write, and is no person.
mod odd_files; // Files of kinds that people have reported trouble with.
mod one_file; // One file, one run, one place for results, whatever its names are.
mod overwritten; // The input is overwritten while a run goes on.
mod proposed_columns; // Columns of other programs: the proposed options, typed.
mod row_actions; // What rows do, said once for the file or for each row.
mod row_cells; // Cells that hold no value are refused; ordinary names never are.
mod row_conflicts; // Rows that contradict each other.
mod row_encodings; // A guessed encoding is confirmed before names depend on it.
mod row_skips; // Rows that are no person; lines above the header.
mod rows_add_up; // Rows without names beside rows that describe the same users.
mod samples; // Every sample of the README, and the organization afterwards.
mod several_files; // The rows of all files of one command count together.
mod spoiled_files; // Doubtful names beside names that were read in a wrong encoding.
mod unknown_columns; // Columns that nobody knows.
mod unknown_countries; // A country that does not exist, also of a listed user.
mod workbooks; // Workbooks import as tables do.
mod written_countries; // Countries by their names and by all codes.

// Names: one person or group under several.
mod adobe_names; // The names of an Adobe ID belong to its user.
mod composed_names; // A letter as one character or as two.
mod conflict_words; // What is said of rows that contradict each other about an address.
mod edited_addresses; // An edited address in an exported list makes no second account.
mod files_of_one_command; // What one file does with a user counts in the next.
mod forms_of_names; // A leaver's name in another form: married, initials, short.
mod freed_names; // Removals of a name that an earlier row has freed.
mod kept_names; // Names that stay as they were because nobody has compared.
mod near_strangers; // Names near to somebody who is not there.
mod nearly_missing; // Another spelling or a new address of somebody in the file.
mod new_addresses; // A changed address in a weekly list.
mod one_person; // Several rows about one person count as one person.
mod refused_again; // Rows refused as perhaps a second account, typed again.
mod renamed_names; // A rename is proven by who has the name when it is sent.
mod renames_perhaps_done; // A rename is done only if something proves it.
mod respelled_names; // `--missing` beside names that are spelled together or in another script.
mod second_accounts; // A changed address is first looked for as a rename.
mod second_accounts_missing; // The same under `--missing`.
mod shadowed; // The same email as an Adobe ID and as another type.
mod skipped_renames; // Renames in rows that `--rows` skips.
mod spelled_names; // `--missing` beside names in another spelling.
mod tied_names; // Two names of one person keep their rows in order.
mod unclear_renames; // Renames in invalid rows, and the rows that may mean their names.
mod usernames_as_addresses; // A username that is the address of another user.

// Groups.
mod created_groups; // `--create-groups` is probed, bisected and resumed like rows.
mod empty_groups; // What an empty cell of groups says under `--exact-groups`.
mod exact_groups_kept; // `--exact-groups`: who keeps all groups, under every name.
mod exact_groups_said; // `--exact-groups`: patterns that mean no group are said.
mod group_rows_of_many; // Rows of groups with many users, some of whom the server refuses.
mod group_side; // Memberships that go as commands of their groups.
mod groups_changed_by_others; // Groups that another import changes between two starts of a run.
mod halfmade; // A mistyped group name leaves at most one account without its group.
mod handed_back_groups; // A list in user-sync's form, handed back with other groups.
mod list_separators; // Lists of groups with another separator than commas.
mod memberships_once; // A membership that several rows change counts once.
mod nobody_in_groups; // Somebody is to leave a group whom nobody knows.
mod odd_group_names; // `--create-groups` creates a group by its very name.
mod planned_groups; // Groups that are created first, as `plan` counts them.
mod resumed_groups; // Groups that a stopped first file renames, for the second file.
mod same_groups; // Rows that name the same groups are asked about once.
mod similar_groups; // A missing group is named with the most similar existing one.
mod unknown_groups; // Groups that rows name and that are not there.
mod unmade_groups; // A group that could not be made gets nobody created for it.

// Lists of the organization: compared, stored, outdated.
mod compared_snapshots; // Confirmed changes count as if the snapshot showed them.
mod diff; // What changed between two lists, and the rows that do it.
mod differences; // Cells that are not applied to somebody who is there already.
mod emptied_ids; // An exported list is handed back with some ids emptied.
mod empty_ids; // An exported list is recognized by its ids.
mod goes_on_by_lists; // A resumed run relies on the lists of its beginning.
mod handed_back; // A list of user-sync has no ids.
mod later_changes; // A snapshot is shown as it was fetched.
mod list_overwritten; // The list of `--against` is overwritten during a run.
mod lists; // What a list cannot tell is not believed.
mod not_there; // Rows that take something from somebody who is not there.
mod only_changes; // Only what changes is sent.
mod outdated_advice; // Rows not sent because of a list get a newer one proposed.
mod outdated_list; // Somebody is renamed elsewhere after a list was stored.
mod perhaps_nobody; // Removals of which nobody knows whether they removed anything.
mod plan_by_list; // A plan uses a young snapshot.
mod planned_changes; // The screen of `plan`, to be approved.
mod planned_lists; // `plan` counts probes before renames and pages of lists.
mod planned_names; // Whom each heading of a plan names, and what `--out` writes of each row.
mod saved_plan_questions; // A saved plan asks what the import asks.
mod saved_plans; // A saved plan is applied exactly, or it is said what has changed.
mod snapshots; // Snapshots: shown, compared, removed.
mod strangers_in_lists; // Removals of people whom a list does not show.
mod usage; // What an organization holds.

// Guards: deletions, removals, administrators, protected names.
mod administrators; // Administrators are named before anything is sent.
mod caps; // `--max-deletes`, `--max-removals`: what is counted.
mod guards; // What stands between a spreadsheet and the loss of many accounts.
mod guards_of_the_rest; // Guards of a resumed run count only the rest.
mod leavers_time; // Questions about leavers count in the time.
mod missing; // People who are in the organization and in no row.
mod probed; // `--verify-deletes`: what the questions cost.
mod protect; // A protected person or group is one under every name.
mod protect_lines; // Lines of `--protect` that can name nobody.
mod protect_renamed; // Protected people whom imports from this computer have renamed.
mod protect_uncertain_renames; // The same, of imports whose outcome is unknown.
mod protected_usernames; // Usernames in `--protect`, and rows that name people by address.
mod skipped_names; // Whom rows name that `where` or `#` skips.
mod unknown_protected; // Lines of `--protect` that match nothing.

// Servers: limits, troubles, uncertain effects.
mod answers; // Compressed responses, redirects, patience without a number.
mod asked_too_early; // Answers from before a late effect prove nothing.
mod clock; // Somebody sets the clock between two runs.
mod control_request; // Is it these rows, or does the gateway refuse everything.
mod copied_journals; // A file copied with its journal, whose import went on.
mod echoed_secrets; // A server that repeats secrets shows them to nobody.
mod evidence; // Responses that look like proof and are none.
mod failed_renames; // Rows behind a rename that failed.
mod full_requests; // Full requests, one token, and no list without need.
mod half_created; // Creations with a transient code though the user is there.
mod halfway; // Rows that the server carries out in part.
mod hostile; // Servers that mean harm.
mod hostile_names; // Files with hostile names, on every screen.
mod internal_errors; // A 200 with an internal error: the effect is uncertain.
mod late_effects; // Effects that come after the response, across imports.
mod limits; // The server's limits are kept, and used.
mod misbehaviour; // Random files and a service that misbehaves.
mod open_decisions; // What one process has yet to find out, another waits for.
mod read_pauses; // A pause for reads holds up reads alone.
mod refused_requests; // Requests refused as a whole are bisected.
mod rows_in_parts; // Rows of several commands are held by every name in them.
mod rows_in_portions; // Portions (`--rows`) keep the order of the rows, and are one run.
mod sticky_errors; // A 5xx that sticks to commands in several requests is no outage.
mod trial_limits; // Trials in test mode count for the limit.
mod troubles; // Throttled, slow, broken, forgetful.
mod uncertain; // No proper response: probed before an outcome is written.

// Outcomes and outputs.
mod effects; // The column `umbulk_effect`.
mod export; // Full lists, whole or not at all.
mod export_over_journal; // An export never replaces what belongs to a run.
mod no_effect; // An effect says what was changed.
mod occupied_outputs; // What stands where umbulk writes.
mod outcomes; // An outcome says what the server did.
mod outputs; // Outputs never replace inputs or other outputs.
mod settings_outputs; // Output paths of a folder, and tables that are not written.
mod template_workbooks; // Example files as workbooks that offer the allowed values.
mod test_mode; // In test mode nothing is carried out.
mod workbooks_written; // Workbooks by the ending of the name: text cells, whole or not at all.

// Runs: interrupted, resumed, journals.
mod changed_by_others; // Another import changes people between two starts of a run.
mod early_end; // Ctrl-C before anything is sent.
mod forged_journals; // A forged or damaged journal stops a run with the reason.
mod forged_numbers; // Numbers in a journal that contradict each other.
mod forged_requests; // More requests in a journal than its rows can explain.
mod gateway_interrupted; // A run that ends while a gateway refuses what the API has carried out.
mod held_after_restart; // A row behind a failed rename stays held after a restart.
mod journal_files; // A file of the journal is missing.
mod killed_at_the_limit; // What waits for the limit is not sent.
mod notify; // A program is told at the end, gets no credentials and is named by no folder.
mod pauses_of_earlier_starts; // A pause holds for the process that goes on.
mod renamed_by_others; // Another import renames or removes what an interrupted row names.
mod renamed_meanwhile; // Another import renames somebody while this one is sending.
mod results_again; // What a run said is what `umbulk results` says again.
mod resume; // The same command continues, and nothing is lost or done twice.
mod retried_rows; // `--retry-failed`: failed rows are sent again, into one results file.
mod same_stems; // Files that differ only in their endings are two inputs with a journal each.
#[cfg(unix)]
mod shared_store; // Imports whose runs are in PostgreSQL: another computer continues them.
mod state_folder; // Private, no links, no lock that holds forever.
mod strangers_journal; // A journal may come from anybody.
mod sync; // A weekly import that a file describes.
mod undo; // What an import has changed is taken back, and only that.
mod undo_again; // What an undo has taken back is not taken back again, whoever does it again.
mod undo_earlier; // Imports before the last one of a file are taken back by their journals.
mod undo_parts; // Lost requests, several files, groups: only what is certain is taken back.
mod undo_retried; // What rows had done when they failed, and after they were sent again.
mod who_runs; // What `status` says about a run.

// Credentials.
mod credentials; // Credentials and endpoints come from one place.
mod credentials_of_folders; // A folder can be a stranger's.
mod plan_without_credentials; // `plan` and `validate` need none.
mod profiles; // Credentials by name; production organizations are asked about.
mod same_credentials; // Every command takes them from the same place.

// Screens and machine-readable output.
mod cli; // What people see.
mod controls_in_files; // No control characters of a server in files.
mod head_words; // What the rows do, in the head and in the plan.
mod json_interrupted; // `--json` of an interrupted import.
mod json_object; // `--json` gives exactly one object.
mod json_wanted; // Which commands print that object.
mod logs; // -vv and --log-file: what happens inside, with reasons.
mod planned_questions; // `plan` counts what an import sends.
mod problems_said_once; // The same problem of many rows is one line with a count.
mod proposals; // What umbulk proposes to type works.
mod rehearsal_head; // The head of a rehearsal.
mod screens; // Whole screens of every command, as snapshots.
mod terminal; // Nothing from outside is obeyed by a terminal or a spreadsheet.
mod transcripts; // Whole screens of runs from beginning to end.

// The sandbox.
mod sandbox; // Its rules, one by one; `docs/sandbox.md` says which test shows which.
