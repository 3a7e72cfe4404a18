//! Files whose choice of sides and bound are known: no change may make them worse.

use super::*;

/// A file, and what is known of it in one width.
struct KnownChoice {
    /// The seed, the numbers of users and groups, and one more than the most memberships of a user.
    file: (u64, u32, u32, u32),
    width: CommandWidth,
    /// The commands of the choice, and the bound.
    choice: (u64, u64),
    /// The bound beside required commands of every third group.
    beside_own: u64,
    /// The commands and the bound of the items that may go either way, with so much work as in
    /// [`WORKS`].
    limited: [(u64, u64); 4],
}

/// Work that ends before the choice does, for all of these files or for the large ones.
const WORKS: [u64; 4] = [500, 5_000, 50_000, 500_000];

const KNOWN: [KnownChoice; 12] = [
    KnownChoice {
        file: (1, 60, 6, 4),
        width: CommandWidth::Wide,
        choice: (25, 25),
        beside_own: 23,
        limited: [(5, 0), (5, 5), (5, 5), (5, 5)],
    },
    KnownChoice {
        file: (1, 60, 6, 4),
        width: CommandWidth::Narrow,
        choice: (34, 34),
        beside_own: 34,
        limited: [(14, 7), (14, 14), (14, 14), (14, 14)],
    },
    KnownChoice {
        file: (2, 150, 12, 5),
        width: CommandWidth::Wide,
        choice: (38, 38),
        beside_own: 34,
        limited: [(11, 0), (11, 4), (11, 11), (11, 11)],
    },
    KnownChoice {
        file: (2, 150, 12, 5),
        width: CommandWidth::Narrow,
        choice: (68, 68),
        beside_own: 68,
        limited: [(41, 26), (41, 38), (41, 40), (41, 41)],
    },
    KnownChoice {
        file: (3, 300, 40, 4),
        width: CommandWidth::Wide,
        choice: (118, 118),
        beside_own: 105,
        limited: [(39, 0), (39, 0), (39, 39), (39, 39)],
    },
    KnownChoice {
        file: (3, 300, 40, 4),
        width: CommandWidth::Narrow,
        choice: (160, 160),
        beside_own: 160,
        limited: [(81, 27), (81, 50), (81, 80), (81, 81)],
    },
    KnownChoice {
        file: (4, 400, 20, 6),
        width: CommandWidth::Wide,
        choice: (90, 90),
        beside_own: 83,
        limited: [(21, 4), (21, 4), (21, 21), (21, 21)],
    },
    KnownChoice {
        file: (4, 400, 20, 6),
        width: CommandWidth::Narrow,
        choice: (174, 173),
        beside_own: 173,
        limited: [(107, 86), (107, 97), (107, 100), (105, 103)],
    },
    KnownChoice {
        file: (5, 500, 120, 7),
        width: CommandWidth::Wide,
        choice: (182, 182),
        beside_own: 144,
        limited: [(119, 4), (119, 4), (119, 106), (119, 119)],
    },
    KnownChoice {
        file: (5, 500, 120, 7),
        width: CommandWidth::Narrow,
        choice: (312, 311),
        beside_own: 311,
        limited: [(252, 103), (252, 103), (250, 232), (250, 243)],
    },
    KnownChoice {
        file: (6, 900, 60, 3),
        width: CommandWidth::Wide,
        choice: (382, 382),
        beside_own: 362,
        limited: [(61, 3), (61, 3), (61, 60), (61, 61)],
    },
    KnownChoice {
        file: (6, 900, 60, 3),
        width: CommandWidth::Narrow,
        choice: (461, 461),
        beside_own: 461,
        limited: [(140, 54), (140, 54), (140, 137), (140, 139)],
    },
];

/// Returns the items of a file with a few large groups and many small ones. One of eight
/// memberships ends.
fn items(seed: u64, users: u32, groups: u32, most: u32) -> ItemMemberships {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut builder = ItemMembershipsBuilder::default();
    for _ in 0..users {
        let size = rng.u32(0..most);
        let item: Vec<(u32, Direction)> = (0..size)
            .map(|_| {
                let group = (f64::from(groups).powf(rng.f64()) - 1.0) as u32;
                let direction = if rng.u8(0..8) == 0 { Direction::Remove } else { Direction::Add };
                (group, direction)
            })
            .collect();
        builder.item(item);
    }
    builder.build()
}

/// No choice needs more commands than when this was written, and no bound is less close.
#[test]
fn choices_and_bounds_are_as_good_as_they_were() {
    for KnownChoice { file, width, choice, beside_own, limited } in KNOWN {
        let (seed, users, groups, most) = file;
        let memberships = items(seed, users, groups, most);
        let none = GroupLoads::default();
        let sides = choose(&memberships, width, &none);
        let is_as_good = |(commands, bound): (u64, u64), known: (u64, u64), what: &str| {
            assert!(
                commands <= known.0 && bound >= known.1,
                "{file:?} {width:?} {what}: {commands} commands, at least {bound}; {known:?} before"
            );
        };
        is_as_good((sides.commands(), sides.bound()), choice, "whole");
        let own: Vec<u32> = (0..groups).step_by(3).collect();
        let beside = bound(&memberships, width, &GroupLoads::with_commands(&own));
        assert!(beside >= beside_own, "{file:?} {width:?}: {beside}; {beside_own} before");
        let pools = Pools::new(&memberships, width, &none);
        for (work, known) in WORKS.into_iter().zip(limited) {
            let Solution { commands, bound, .. } = solve(&memberships, &pools, work);
            is_as_good((commands, bound), known, "with little work");
        }
    }
}
