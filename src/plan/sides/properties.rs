//! Properties of all choices of sides.

use super::*;
use proptest::prelude::*;

type Item = Vec<(u32, Direction)>;

fn build(items: &[Item]) -> ItemMemberships {
    let mut builder = ItemMembershipsBuilder::default();
    items.iter().for_each(|of| _ = builder.item(of.iter().copied()));
    builder.build()
}

/// Counts the commands of a choice from the definition, without what the groups in `own` need
/// anyway.
fn commands(
    items: &[Item],
    sides: impl Fn(usize) -> Side,
    width: CommandWidth,
    loads: &[Load],
) -> u64 {
    let mut counts = std::collections::BTreeMap::<u32, [u64; 2]>::new();
    let mut commands = 0;
    for (at, of) in items.iter().enumerate() {
        if of.is_empty() || sides(at) == Side::User {
            commands += 1;
            continue;
        }
        for (group, direction) in of {
            counts.entry(*group).or_default()[usize::from(*direction == Direction::Remove)] += 1;
        }
    }
    for (group, [adds, removes]) in counts {
        let (own, [fixed_adds, fixed_removes]) =
            loads.get(group as usize).copied().unwrap_or_default();
        let of_all = |adds: u64, removes: u64| {
            let steps = u64::from(own) + adds.div_ceil(10) + removes.div_ceil(10);
            steps.div_ceil(u64::from(width.steps()))
        };
        let (fixed_adds, fixed_removes) = (u64::from(fixed_adds), u64::from(fixed_removes));
        commands += of_all(fixed_adds + adds, fixed_removes + removes);
        commands -= of_all(fixed_adds, fixed_removes);
    }
    commands
}

/// Whether a group has a required command, and its other adds and removes.
type Load = (bool, [u32; 2]);

fn group_loads(loads: &[Load]) -> GroupLoads {
    let own: Vec<u32> = (0..).zip(loads).filter(|(_, load)| load.0).map(|(at, _)| at).collect();
    let mut all = GroupLoads::with_commands(&own);
    (0..).zip(loads).for_each(|(group, load)| all.add(group, load.1));
    all
}

fn loads() -> impl Strategy<Value = Vec<Load>> {
    let counts =
        prop_oneof![3 => Just([0, 0]), 2 => [0..25_u32, 0..12_u32], 1 => [80..120_u32, 0..3_u32]];
    prop::collection::vec((any::<bool>(), counts), 0..6)
}

fn chosen(memberships: &ItemMemberships, width: CommandWidth) -> Sides {
    choose(memberships, width, &GroupLoads::default())
}

/// Returns the fewest commands of all choices.
fn fewest(items: &[Item], width: CommandWidth, loads: &[Load]) -> u64 {
    let side =
        |choice: u32, at: usize| if choice >> at & 1 == 1 { Side::Group } else { Side::User };
    let all = (0..1_u32 << items.len())
        .map(|choice| commands(items, |at| side(choice, at), width, loads));
    all.min().unwrap_or(0)
}

fn widths() -> impl Strategy<Value = CommandWidth> {
    prop_oneof![Just(CommandWidth::Wide), Just(CommandWidth::Narrow)]
}

/// Items whose memberships are of up to `groups` groups.
fn items(count: std::ops::Range<usize>, groups: u32) -> impl Strategy<Value = Vec<Item>> {
    let direction = prop_oneof![4 => Just(Direction::Add), 1 => Just(Direction::Remove)];
    let group = prop_oneof![0..groups, 0..groups.div_ceil(4)];
    let of = prop::collection::btree_map(group, direction, 0..5)
        .prop_map(|of| of.into_iter().collect::<Vec<_>>());
    prop::collection::vec(of, count)
}

proptest! {
    /// Small files: the bound is below the best of all choices, and our choice is not far above.
    #[test]
    fn bound_is_below_the_best_choice(items in items(0..13, 6), width in widths(),
        loads in loads()) {
        let memberships = build(&items);
        for loads in [&[][..], &loads] {
            let best = fewest(&items, width, loads);
            let sides = choose(&memberships, width, &group_loads(loads));
            let real = commands(&items, |at| sides.of(at as u32), width, loads);
            prop_assert_eq!(real, sides.commands());
            prop_assert!(sides.bound() <= best && best <= sides.commands());
            prop_assert_eq!(sides.bound(), bound(&memberships, width, &group_loads(loads)));
            prop_assert!(sides.commands() <= best + 1, "{} above {}", sides.commands(), best);
            if width == CommandWidth::Wide && loads.is_empty() {
                prop_assert_eq!(sides.commands(), best, "one command a group: exact");
            }
        }
    }

    /// Work that runs out early makes the bound and the choice worse, but not wrong.
    #[test]
    fn bound_holds_when_the_work_runs_out(
        items in items(0..13, 4),
        width in widths(),
        work in 0..600_u64,
    ) {
        let memberships = build(&items);
        let pools = Pools::new(&memberships, width, &GroupLoads::default());
        let solution = solve(&memberships, &pools, work);
        let best = fewest(&items, width, &[]) - memberships.required();
        prop_assert!(solution.bound <= best && best <= solution.commands);
    }

    /// Whole blocks of like items make pools of several commands.
    #[test]
    fn bound_is_below_the_best_choice_of_blocks(
        blocks in prop::collection::vec(
            (1..16_usize, prop::collection::btree_set(0..4_u32, 1..4)), 1..5),
        extra in items(0..4, 4),
        width in widths(),
    ) {
        let blocks: Vec<(usize, Item)> = blocks.into_iter().map(|(size, groups)| {
            let of = groups.into_iter().map(|group| (group, Direction::Add)).collect();
            (size, (of))
        }).collect();
        let repeat = |(size, item): (usize, Item)| std::iter::repeat_n(item, size);
        let items: Vec<Item> = blocks.into_iter().flat_map(repeat).chain(extra).collect();
        let memberships = build(&items);
        let sides = chosen(&memberships, width);
        let real = commands(&items, |at| sides.of(at as u32), width, &[]);
        prop_assert_eq!(sides.commands(), real);
        prop_assert!(sides.bound() <= real && real <= sides.bound() + sides.bound() / 20 + 2);
        for all in [Side::User, Side::Group] {
            prop_assert!(real <= commands(&items, |_| all, width, &[]));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Larger files: the commands are counted right, never above those of one side, and near the
    /// bound.
    #[test]
    fn choice_is_near_the_bound(items in items(100..400, 40), width in widths()) {
        let sides = chosen(&build(&items), width);
        let real = commands(&items, |at| sides.of(at as u32), width, &[]);
        prop_assert_eq!(sides.commands(), real);
        prop_assert!(real * 100 <= sides.bound() * 105 + 300, "{} above {}", real, sides.bound());
        for all in [Side::User, Side::Group] {
            prop_assert!(real <= commands(&items, |_| all, width, &[]));
        }
    }
}

/// Returns the commands of the choice and the bound, both widths.
fn both_widths(items: &[Item]) -> [(u64, u64); 2] {
    [CommandWidth::Wide, CommandWidth::Narrow].map(|width| {
        let sides = chosen(&build(items), width);
        (sides.commands(), sides.bound())
    })
}

fn joins(groups: impl IntoIterator<Item = u32>) -> Item {
    groups.into_iter().map(|group| (group, Direction::Add)).collect()
}

/// Ten thousand users join the same ten groups: 100 requests of ten commands in the wide width.
#[test]
fn ten_groups_of_all_users_go_from_the_groups_side() {
    let items: Vec<Item> = (0..10_000).map(|_| joins(0..10)).collect();
    assert_eq!(both_widths(&items), [(1_000, 1_000), (10_000, 10_000)]);
    let one_group: Vec<Item> = (0..50_000).map(|_| joins([3])).collect();
    assert_eq!(both_widths(&one_group), [(500, 500), (5_000, 5_000)]);
}

/// A command costs the same from either side: it goes from the user's side.
#[test]
fn sides_that_cost_the_same_are_the_users() {
    let pairs = build(&(0..20).map(|at| joins([at])).collect::<Vec<_>>());
    let star = build(&[joins(0..10)]);
    for width in [CommandWidth::Wide, CommandWidth::Narrow] {
        let sides = chosen(&pairs, width);
        assert!((0..20).all(|item| sides.of(item) == Side::User));
        assert_eq!((sides.commands(), chosen(&star, width).commands()), (20, 1));
        assert_eq!(chosen(&star, width).of(0), Side::User);
    }
}

/// Users who are created carry their memberships; the others go from the group's side.
#[test]
fn required_commands_leave_the_others_to_the_group() {
    let mut items: Vec<Item> = (0..30).map(|_| joins([0, 1])).collect();
    items.iter_mut().step_by(3).for_each(Vec::clear);
    let sides = chosen(&build(&items), CommandWidth::Wide);
    assert_eq!((sides.commands(), sides.bound()), (12, 12));
    assert!((0..30).all(|item| (sides.of(item) == Side::User) == (item % 3 == 0)));
}

/// Sizes of groups as in the field: a few large ones and many small ones.
#[test]
fn choice_is_within_a_twentieth_of_the_bound() {
    let mut rng = fastrand::Rng::with_seed(14);
    for (users, groups, most) in [(2_000, 40, 4), (3_000, 300, 6), (2_000, 1_000, 8)] {
        let items: Vec<Item> = (0..users)
            .map(|_| {
                let size = rng.u32(1..most);
                joins((0..size).map(|_| (f64::from(groups).powf(rng.f64()) - 1.0) as u32))
            })
            .collect();
        for (commands, bound) in both_widths(&items) {
            assert!(commands * 100 <= bound * 105, "{commands} above {bound}");
        }
    }
}
