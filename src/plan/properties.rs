//! Properties that every plan has, whatever the rows.

use super::*;
use crate::change::{
    Change, CreateGroup, CreateUser, GroupChange, IdentityType, IfExists, Leave, Memberships,
    UpdateGroup, UpdateUser, UserChange,
};
use crate::umapi::wire::{MAX_COMMANDS, MAX_LIST, MAX_STEPS, Removal, Root, WireMembers, WireStep};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

type ModelRow = Change<'static>;

fn user_name() -> impl Strategy<Value = String> {
    (0..6_u8).prop_map(|n| format!("u{n}@example.com"))
}

fn groups(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set((0..40_u8).prop_map(|n| format!("G{n}")), 0..=most)
        .prop_map(|set| set.into_iter().collect())
}

fn user_row() -> impl Strategy<Value = ModelRow> {
    let sizes = prop_oneof![4 => groups(4), 1 => groups(40)];
    (user_name(), 0..10_u8, sizes.clone(), sizes, user_name(), 0..3_u8).prop_map(
        |(user, kind, add, remove, other, name)| {
            let add: Vec<_> = add.into_iter().map(Into::into).collect();
            let remove: Vec<_> = remove
                .into_iter()
                .filter(|group| !add.iter().any(|a: &std::borrow::Cow<'_, str>| a == group))
                .map(Into::into)
                .collect();
            let named = (!remove.is_empty()).then(|| Memberships::Named(remove.clone()));
            let firstname = Some(format!("N{name}").into());
            let create = |if_exists| CreateUser {
                identity: IdentityType::Federated,
                email: user.clone().into(),
                firstname: firstname.clone(),
                lastname: None,
                country: None,
                if_exists,
            };
            let base = UserChange { user: user.clone().into(), ..UserChange::default() };
            Change::User(match kind {
                0..=2 => UserChange { create: Some(create(IfExists::Ignore)), add, ..base },
                3 => UserChange { create: Some(create(IfExists::Update)), add, ..base },
                4 => UserChange { create: Some(create(IfExists::Error)), add, ..base },
                5 => UserChange {
                    update: Some(UpdateUser { firstname, ..UpdateUser::default() }),
                    remove: named,
                    add,
                    ..base
                },
                6 if other != user => UserChange {
                    update: Some(UpdateUser { email: Some(other.into()), ..UpdateUser::default() }),
                    add,
                    ..base
                },
                7 => UserChange { remove: Some(Memberships::All), add, ..base },
                8 => UserChange { remove: named, leave: Some(Leave::KeepAccount), ..base },
                _ => UserChange {
                    remove: named,
                    add: if remove.is_empty() && add.is_empty() { vec!["G1".into()] } else { add },
                    ..base
                },
            })
        },
    )
}

fn group_row() -> impl Strategy<Value = ModelRow> {
    ((0..40_u8), 0..4_u8, (0..40_u8), prop::collection::btree_set(user_name(), 0..3)).prop_map(
        |(group, kind, other, users)| {
            let base = GroupChange { group: format!("G{group}").into(), ..GroupChange::default() };
            let add_users: Vec<_> = users.into_iter().map(Into::into).collect();
            Change::Group(match kind {
                0 => GroupChange { create: Some(CreateGroup::default()), add_users, ..base },
                1 if other != group => GroupChange {
                    update: Some(UpdateGroup {
                        name: Some(format!("G{other}").into()),
                        description: None,
                    }),
                    ..base
                },
                2 => GroupChange { delete: true, ..base },
                _ => GroupChange {
                    add_users: if add_users.is_empty() {
                        vec!["u1@example.com".into()]
                    } else {
                        add_users
                    },
                    ..base
                },
            })
        },
    )
}

fn files() -> impl Strategy<Value = Vec<ModelRow>> {
    prop_oneof![
        prop::collection::vec(user_row(), 0..60),
        prop::collection::vec(prop_oneof![5 => user_row(), 1 => group_row()], 0..60),
    ]
}

fn plan(rows: &[ModelRow]) -> Plan {
    let mut builder = PlanBuilder::default();
    let mut dependencies = DependenciesBuilder::default();
    for (row, change) in rows.iter().enumerate() {
        let aliases = Key::aliases(change).into_iter().flatten().collect();
        builder.push(RowEntry {
            place: row as u64,
            footprint: RowFootprint::of(change),
            key: Some(Key::of(change)),
            aliases,
        });
        if let Change::Group(group) = change {
            let life = group.create.is_some() || group.delete || group.update.is_some();
            let own = life
                .then(|| {
                    std::iter::once(Key::of(change))
                        .chain(Key::aliases(change).into_iter().flatten())
                })
                .into_iter()
                .flatten();
            dependencies.barrier(row as u32, names(change).into_iter().chain(own));
        }
    }
    for (row, change) in rows.iter().enumerate() {
        dependencies.references(row as u32, &referenced_names(change));
    }
    Plan::new(builder, dependencies.finish())
}

/// Returns the requests of the plan in the order in which they would be sent, if each gets its
/// response before the next.
fn requests(rows: &[ModelRow], plan: &Plan) -> Vec<Vec<(WorkItem, PlannedCommand)>> {
    let mut schedule = Schedule::new(plan);
    let mut requests = Vec::new();
    loop {
        let mut request = Vec::new();
        while request.len() < MAX_COMMANDS {
            let taken = match request.is_empty() {
                true => schedule.take_when_idle(),
                false => schedule.take(),
            };
            let Some(mut item) = taken else { break };
            if item.names.is_empty() {
                item.names = item
                    .rows
                    .iter()
                    .filter(|row| plan.footprint(**row).touches())
                    .map(|row| (*row, referenced_names(&rows[*row as usize])))
                    .collect();
            }
            match schedule.blocked(&item) {
                Some(name) => schedule.wait_for(item, name),
                None => {
                    let borrowed: Vec<(u32, &ModelRow)> =
                        item.rows.iter().map(|row| (*row, &rows[*row as usize])).collect();
                    let mut all = commands(&borrowed);
                    let command = all.swap_remove(item.part);
                    request.push((item, command));
                }
            }
        }
        if request.is_empty() {
            assert!(!schedule.has_waiting(), "jobs wait for one another for ever");
            return requests;
        }
        for (mut item, _) in request.clone() {
            let borrowed: Vec<(u32, &ModelRow)> =
                item.rows.iter().map(|row| (*row, &rows[*row as usize])).collect();
            if item.part + 1 < commands(&borrowed).len() {
                item.part += 1;
                schedule.put_back(item);
            } else {
                schedule.complete_rows(&item, &item.rows);
                schedule.finish(item);
            }
        }
        requests.push(request);
    }
}

/// An organization that accepts every step: this is enough to check the order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Model {
    users: BTreeMap<String, (Option<String>, BTreeSet<String>)>,
    groups: BTreeMap<String, u32>,
}

impl Model {
    fn apply(&mut self, command: &PlannedCommand) {
        for traced_step in &command.steps {
            match &command.root {
                Root::User { user, .. } => self.user_step(user, &traced_step.step),
                Root::Group { usergroup } => self.group_step(usergroup, &traced_step.step),
            }
        }
    }

    fn user_step(&mut self, user: &str, step: &WireStep) {
        match step {
            WireStep::CreateFederatedId(new) => {
                let there = self.users.contains_key(user);
                let entry = self.users.entry(user.to_owned()).or_default();
                if !there || new.option == Some(crate::umapi::wire::ExistsOption::Update) {
                    entry.0.clone_from(&new.firstname);
                }
            }
            WireStep::Update(update) => {
                if let (Some(email), Some(old)) = (&update.email, self.users.get(user).cloned()) {
                    if !self.users.contains_key(email) {
                        self.users.remove(user);
                        self.users.insert(email.clone(), old);
                    }
                } else if let (Some(name), Some(entry)) =
                    (&update.firstname, self.users.get_mut(user))
                {
                    entry.0 = Some(name.clone());
                }
            }
            WireStep::Remove(Removal::All(_)) => {
                if let Some(entry) = self.users.get_mut(user) {
                    entry.1.clear();
                }
            }
            WireStep::Remove(Removal::Members(WireMembers { group, .. })) => {
                if let Some(entry) = self.users.get_mut(user) {
                    group.iter().filter_map(|name| self.groups.get(name)).for_each(|id| {
                        entry.1.remove(&id.to_string());
                    });
                }
            }
            WireStep::Add(WireMembers { group, .. }) => {
                if let Some(entry) = self.users.get_mut(user) {
                    entry.1.extend(
                        group
                            .iter()
                            .filter_map(|name| self.groups.get(name))
                            .map(ToString::to_string),
                    );
                }
            }
            WireStep::RemoveFromOrg { .. } => {
                self.users.remove(user);
            }
            other => panic!("no step of a user: {other:?}"),
        }
    }

    fn group_step(&mut self, group: &str, step: &WireStep) {
        match step {
            WireStep::CreateUserGroup(_) => {
                // The number is the row that created the group. Here it only matters which groups
                // exist.
                self.groups
                    .entry(group.to_owned())
                    .or_insert(group.trim_start_matches('G').parse().unwrap_or(0));
            }
            WireStep::UpdateUserGroup(update) => {
                if let (Some(name), Some(id)) = (&update.name, self.groups.get(group).copied())
                    && !self.groups.contains_key(name)
                {
                    self.groups.remove(group);
                    self.groups.insert(name.clone(), id);
                }
            }
            WireStep::Add(WireMembers { user, .. }) => {
                if let Some(id) = self.groups.get(group) {
                    for name in user {
                        if let Some(entry) = self.users.get_mut(name) {
                            entry.1.insert(id.to_string());
                        }
                    }
                }
            }
            WireStep::Remove(Removal::Members(WireMembers { user, .. })) => {
                if let Some(id) = self.groups.get(group) {
                    for name in user {
                        if let Some(entry) = self.users.get_mut(name) {
                            entry.1.remove(&id.to_string());
                        }
                    }
                }
            }
            WireStep::DeleteUserGroup {} => {
                self.groups.remove(group);
            }
            other => panic!("no step of a group: {other:?}"),
        }
    }
}

fn with_groups() -> Model {
    Model { groups: (0..40).step_by(2).map(|n| (format!("G{n}"), n)).collect(), ..Model::default() }
}

/// A row of one of few groups that only adds and removes members.
fn members_row() -> impl Strategy<Value = ModelRow> {
    let people = || prop::collection::btree_set(user_name(), 0..4);
    ((0..3_u8), people(), people()).prop_map(|(group, joining, leaving)| {
        let names = |users: Vec<String>| users.into_iter().map(Into::into).collect();
        let add_users = match joining.is_empty() && leaving.is_empty() {
            true => vec!["u1@example.com".to_owned()],
            false => joining.iter().cloned().collect(),
        };
        let leaving = leaving.into_iter().filter(|user| !joining.contains(user)).collect();
        Change::Group(GroupChange {
            group: format!("G{group}").into(),
            add_users: names(add_users),
            remove_users: names(leaving),
            ..GroupChange::default()
        })
    })
}

fn files_of_members() -> impl Strategy<Value = Vec<ModelRow>> {
    prop_oneof![
        prop::collection::vec(prop_oneof![2 => user_row(), 3 => members_row()], 0..40),
        prop::collection::vec(
            prop_oneof![3 => user_row(), 4 => members_row(), 1 => group_row()],
            0..60
        ),
    ]
}

/// Plans rows so that rows of groups go with commands of their groups wherever they can.
fn plan_with_members(rows: &[ModelRow]) -> Plan {
    let mut plan = plan(rows);
    let is_of_members = |first: &u32| {
        plan.command_rows(*first).iter().all(|row| plan.footprint(*row).changes_only_members())
    };
    let of_rows: Vec<u32> =
        plan.commands_in_order(|_| true).map(|(first, _)| first).filter(is_of_members).collect();
    plan.set_group_side(GroupSidePlan { of_rows, ..GroupSidePlan::default() });
    plan
}

/// Sends the rows of a plan in a random order: whatever is taken stays open for a random time, and
/// rows of groups go by themselves, are put back or are split now and then. Returns the rows in
/// the order in which they are completed, with their commands.
fn in_random_order(rows: &[ModelRow], plan: &Plan, seed: u64) -> (Vec<u32>, Vec<PlannedCommand>) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut schedule = Schedule::new(plan);
    let mut open: Vec<WorkItem> = Vec::new();
    let (mut completed, mut sent) = (Vec::new(), Vec::new());
    let names = |row: u32| referenced_names(&rows[row as usize]);
    loop {
        let taken = match open.is_empty() {
            true => schedule.take_when_idle(),
            false if random.bool() => schedule.take(),
            false => None,
        };
        if let Some(mut item) = taken {
            if schedule.may_spread(&item) {
                let people = |row: &u32| {
                    let group = Key::of(&rows[*row as usize]);
                    let people = names(*row).into_iter().filter(|name| *name != group).collect();
                    RowOfPeople { row: *row, people, repeats: false }
                };
                let people = item.rows.iter().map(people).collect();
                schedule.spread(item, people);
                continue;
            }
            if item.names.is_empty() {
                let touching = item.rows.iter().filter(|row| plan.footprint(**row).touches());
                item.names = touching.map(|row| (*row, names(*row))).collect();
            }
            if let Some(name) = schedule.blocked(&item) {
                schedule.wait_for(item, name);
            } else if item.goes_from_groups(plan) && random.u8(0..3) == 0 {
                schedule.go_by_itself(item);
            } else if item.is_spread && item.rows.len() > 1 && random.u8(0..3) == 0 {
                let apart = item.rows.iter().map(|row| vec![*row]).collect();
                schedule.split(item, apart);
            } else {
                open.push(item);
            }
            continue;
        }
        if open.is_empty() {
            assert!(!schedule.has_waiting(), "rows wait for each other for ever");
            return (completed, sent);
        }
        let item = open.swap_remove(random.usize(..open.len()));
        match random.u8(0..6) {
            // Others fall back to a command of their own.
            0 if item.goes_from_groups(plan) => {
                schedule.go_by_itself(item);
                continue;
            }
            1 => {
                schedule.put_back(item);
                continue;
            }
            _ => {}
        }
        let changes: Vec<(u32, &ModelRow)> =
            item.rows.iter().map(|row| (*row, &rows[*row as usize])).collect();
        sent.extend(commands(&changes));
        completed.extend(&item.rows);
        schedule.complete_rows(&item, &item.rows);
        schedule.finish(item);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Rows wait only for rows before them, so that nothing waits for ever.
    #[test]
    fn rows_of_groups_in_any_order_all_end_as_if_done_one_by_one(
        rows in files_of_members(),
        seed in any::<u64>(),
    ) {
        let plan = plan_with_members(&rows);
        let mut planned = with_groups();
        let (mut completed, sent) = in_random_order(&rows, &plan, seed);
        sent.iter().for_each(|command| planned.apply(command));
        completed.sort_unstable();
        prop_assert_eq!(completed, (0..rows.len() as u32).collect::<Vec<_>>());
        let mut one_by_one = with_groups();
        for (row, change) in rows.iter().enumerate() {
            for command in commands(&[(row as u32, change)]) {
                one_by_one.apply(&command);
            }
        }
        prop_assert_eq!(planned, one_by_one);
    }

    #[test]
    fn the_organization_ends_as_if_the_rows_were_done_one_by_one(rows in files()) {
        let plan = plan(&rows);
        let mut planned = with_groups();
        for request in requests(&rows, &plan) {
            // The order of commands in a request is not defined: the last one first is the worst
            // case.
            for (_, command) in request.iter().rev() {
                planned.apply(command);
            }
        }
        let mut one_by_one = with_groups();
        for (row, change) in rows.iter().enumerate() {
            for command in commands(&[(row as u32, change)]) {
                one_by_one.apply(&command);
            }
        }
        prop_assert_eq!(planned, one_by_one);
    }

    #[test]
    fn estimate_of_the_rest_falls_from_all_to_nothing(rows in files()) {
        let plan = plan(&rows);
        prop_assert_eq!(Estimate::of_rest(&plan, |_| true), Estimate::of(&plan));
        prop_assert_eq!(Estimate::of_rest(&plan, |_| false), Estimate { commands: 0, requests: 0 });
        let (half, most) = (Estimate::of_rest(&plan, |row| row % 2 == 0), Estimate::of(&plan));
        prop_assert!(half.commands <= most.commands && half.requests <= most.requests);
        for row in 0..plan.rows() {
            prop_assert_eq!(Estimate::of_rest(&plan, |left| left == row).commands,
                u64::from(plan.footprint(row).parts()));
        }
    }

    #[test]
    fn limits_hold_and_every_row_goes_exactly_once(rows in files()) {
        let plan = plan(&rows);
        let mut seen: HashMap<u32, HashSet<usize>> = HashMap::new();
        let mut total = 0;
        for request in requests(&rows, &plan) {
            prop_assert!(request.len() <= MAX_COMMANDS);
            let roots: HashSet<String> = request.iter().map(|(_, command)| format!("{:?}",
                command.root).to_lowercase()).collect();
            prop_assert_eq!(roots.len(), request.len(), "one name twice in a request");
            for (item, command) in &request {
                total += 1;
                prop_assert!(!command.steps.is_empty() && command.steps.len() <= MAX_STEPS);
                for traced_step in &command.steps {
                    prop_assert!(!traced_step.rows.is_empty());
                    if let WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) =
                        &traced_step.step {
                        let names: Vec<&String> =
                            members.group.iter().chain(&members.user)
                                .chain(&members.product_configuration).collect();
                        prop_assert!(!names.is_empty() && names.len() <= MAX_LIST);
                        prop_assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(),
                            "a name twice in a list");
                    }
                }
                for row in &item.rows {
                    prop_assert!(seen.entry(*row).or_default().insert(item.part), "row {} part {} \
                         twice", row, item.part);
                }
                let traced_step: HashSet<u32> =
                    command.steps.iter().flat_map(|traced_step|
                        traced_step.rows.iter().copied()).collect();
                prop_assert!(traced_step.iter().all(|row| item.rows.contains(row)));
                if command.steps.iter().any(|traced_step| matches!(&traced_step.step,
                    WireStep::Update(update) if update.email.is_some())) {
                    prop_assert_eq!(item.rows.len(), 1);
                    prop_assert_eq!(command.steps.len(), 1);
                }
            }
        }
        prop_assert_eq!(seen.len(), rows.len());
        prop_assert_eq!(total, plan.commands());
    }

    #[test]
    fn rows_on_one_user_become_one_command_where_nothing_forbids_it(lists in
        prop::collection::vec(groups(3), 1..8)) {
        let rows: Vec<ModelRow> = lists
            .into_iter()
            .map(|list| Change::User(UserChange {
                user: "ann@example.com".into(),
                create: Some(CreateUser {
                    identity: IdentityType::Federated, email: "ann@example.com".into(),
                        firstname: Some("A".into()), lastname: None, country: None,
                    if_exists: IfExists::Ignore,
                }),
                add: list.into_iter().map(Into::into).collect(),
                ..UserChange::default()
            }))
            .collect();
        prop_assert_eq!(plan(&rows).commands(), 1);
    }
}
