//! Any cells at all: a row is a change within the API's limits, or has problems; and what it
//! becomes keeps the limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::internals::{Cells, Field, InputDialect, MAX_STEPS, Rules, commands, read};

fuzz_target!(|input: (u8, Vec<String>)| {
    let (dialect, texts) = input;
    let mut cells = Cells::default();
    for (field, text) in Field::ALL.iter().zip(&texts) {
        cells.set(*field, text);
    }
    let rules = Rules::new(InputDialect::ALL[usize::from(dialect) % InputDialect::ALL.len()]);
    match read(&cells, &rules) {
        Ok(change) => {
            let commands = commands(&[(0, &change)]);
            assert!(
                !commands.is_empty()
                    && commands
                        .iter()
                        .all(|command| (1..=MAX_STEPS).contains(&command.steps.len()))
            );
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
});
