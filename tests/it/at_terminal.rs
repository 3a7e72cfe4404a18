//! A terminal at which somebody answers a question.

use crate::world::Run;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Carries the command out at a terminal of its own, and types the answer once the question stands
/// there. Everything that is shown is on standard output.
pub(crate) fn answered(command: &Command, answer: &str) -> Run {
    let words: Vec<String> =
        command.get_args().map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut script = Command::new("script");
    script.args([
        "-qec",
        &format!("exec '{}' {}", env!("CARGO_BIN_EXE_umbulk"), words.join(" ")),
        "/dev/null",
    ]);
    script.current_dir(command.get_current_dir().unwrap()).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("NO_COLOR", "1");
    let mut terminal = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains(" to continue: ") {
        let mut byte = [0];
        assert_eq!(screen.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
    keys.write_all(answer.as_bytes()).unwrap();
    keys.write_all(b"\n").unwrap();
    screen.read_to_end(&mut shown).unwrap();
    let status = terminal.wait().unwrap().code().unwrap_or(-1);
    Run {
        status,
        stdout: String::from_utf8(shown).unwrap().replace('\r', ""),
        stderr: String::new(),
    }
}
