//! The troubles that come together in a round.

use umbulk::sandbox::Mix;

/// Options of imports that must end as if there were no trouble: they try long enough.
pub(crate) const PATIENT: [&str; 9] = [
    "--yes",
    "--retry-wait",
    "2ms",
    "--max-attempts",
    "100",
    "--max-errors",
    "off",
    // Questions about groups meet the troubles too: where one gets no answer, the server decides,
    // and the outcome is another.
    "--check-groups",
    "never",
];

const MIXES: [&[(&str, f64)]; 16] = [
    &[],
    &[("429", 0.1)],
    &[("500", 0.1), ("502", 0.05), ("504", 0.05)],
    &[("503", 0.2)],
    &[("cut-before", 0.15)],
    &[("cut-after", 0.15)],
    &[("cut-before", 0.1), ("cut-after", 0.1)],
    &[("hang", 0.03)],
    &[("garbage", 0.08), ("truncated", 0.08)],
    &[("html", 0.1), ("token", 0.1)],
    &[("external", 0.1)],
    &[("internal", 0.1)],
    &[("company", 0.1), ("refuse", 0.03)],
    &[
        ("429", 0.03),
        ("503", 0.03),
        ("cut-before", 0.03),
        ("cut-after", 0.05),
        ("truncated", 0.03),
        ("token", 0.03),
        ("external", 0.03),
        ("internal", 0.03),
        ("company", 0.05),
    ],
    &[("late", 0.12)],
    &[("late", 0.05), ("cut-after", 0.05), ("504", 0.05), ("internal", 0.03)],
];

/// How many there are.
pub(crate) fn count() -> u64 {
    MIXES.len() as u64
}

/// What a round meets, and what the program is told about it.
pub(crate) struct Troubles {
    pub(crate) mix: Mix,
    /// The longest wait for an answer, in seconds: long enough for every answer that comes, short
    /// for those that never do.
    pub(crate) timeout: &'static str,
    /// The service carries nothing out later than that.
    pub(crate) effect_window: &'static str,
}

/// One of them.
pub(crate) fn mix(number: u64) -> Troubles {
    let troubles = MIXES[usize::try_from(number % count()).unwrap()];
    let mut mix = Mix::default();
    for (name, chance) in troubles {
        mix.set(name.parse().unwrap(), *chance);
    }
    let meets = |trouble: &str| troubles.iter().any(|(name, _)| *name == trouble);
    Troubles {
        mix,
        timeout: if meets("hang") { "1" } else { "30" },
        // What is taken from a killed run is done within the latency; what is late, within 300 ms.
        effect_window: if meets("late") { "500ms" } else { "50ms" },
    }
}
