//! The greatest flow from items to pools.

use std::collections::VecDeque;

/// A network in which each item has a supply, each pool a demand, and items send any amount to
/// their pools. Dinic's algorithm: each epoch finds the shortest paths on which more can be sent,
/// and fills all of them. The arrays are flat, and nothing recurses.
pub(super) struct Network {
    /// For each item, where its edges begin; then the number of all edges.
    starts: Vec<u32>,
    /// For each edge, its pool, its item, and what it carries.
    pools: Vec<u32>,
    owners: Vec<u32>,
    flow: Vec<u32>,
    /// For each pool, where its edges begin in `back`.
    back_starts: Vec<u32>,
    back: Vec<u32>,
    /// What each item can still send, and each pool can still take.
    supply: Vec<u32>,
    demand: Vec<u32>,
    search: FlowSearch,
}

/// Distances from the items with supply, and how far each node's edges have been tried.
#[derive(Default)]
struct FlowSearch {
    items: Vec<u32>,
    pools: Vec<u32>,
    item_cursors: Vec<u32>,
    pool_cursors: Vec<u32>,
}

/// The distance of a node that is not reached.
const FAR: u32 = u32::MAX;

impl Network {
    /// Creates a network of pools with these demands, without items.
    pub(super) fn new(demand: Vec<u32>) -> Self {
        Self {
            starts: vec![0],
            pools: Vec::new(),
            owners: Vec::new(),
            flow: Vec::new(),
            back_starts: Vec::new(),
            back: Vec::new(),
            supply: Vec::new(),
            demand,
            search: FlowSearch::default(),
        }
    }

    /// Adds the next item, with its supply and the pools that it may send to.
    pub(super) fn item(&mut self, supply: u32, pools: impl Iterator<Item = u32>) {
        let item = self.supply.len() as u32;
        self.pools.extend(pools);
        self.owners.resize(self.pools.len(), item);
        self.starts.push(self.pools.len() as u32);
        self.supply.push(supply);
    }

    /// Sends as much as possible. Each edge that is looked at costs 1 of `work`; when that is used
    /// up, the flow is one that the network allows, not the greatest.
    pub(super) fn saturate(&mut self, work: &mut u64) {
        self.flow.resize(self.pools.len(), 0);
        self.sort_edges_by_pool();
        while self.search(work) && *work > 0 {
            for item in 0..self.supply.len() as u32 {
                self.send_from(item, work);
            }
        }
    }

    /// Returns what an item could not send.
    #[cfg(test)]
    fn left(&self, item: u32) -> u32 {
        self.supply[item as usize]
    }

    /// Returns what a pool could still take.
    pub(super) fn demand(&self, pool: u32) -> u32 {
        self.demand[pool as usize]
    }

    /// Returns whether supply that could not be sent reaches an item: the item is then on the
    /// source's side of the smallest minimum cut.
    pub(super) fn is_reached(&self, item: u32) -> bool {
        self.search.items[item as usize] != FAR
    }

    fn sort_edges_by_pool(&mut self) {
        let mut starts = vec![0; self.demand.len() + 1];
        self.pools.iter().for_each(|pool| starts[*pool as usize + 1] += 1);
        for pool in 1..starts.len() {
            starts[pool] += starts[pool - 1];
        }
        let mut next = starts.clone();
        self.back = vec![0; self.pools.len()];
        for (edge, pool) in self.pools.iter().enumerate() {
            let at = &mut next[*pool as usize];
            self.back[*at as usize] = edge as u32;
            *at += 1;
        }
        self.back_starts = starts;
    }

    /// Finds the distances of all nodes up to the nearest pools that can take something. Returns
    /// whether there is such a pool.
    fn search(&mut self, work: &mut u64) -> bool {
        let FlowSearch { items, pools, item_cursors, pool_cursors } = &mut self.search;
        *item_cursors = self.starts[..self.supply.len()].to_vec();
        *pool_cursors = self.back_starts[..self.demand.len()].to_vec();
        *items = self.supply.iter().map(|supply| if *supply > 0 { 0 } else { FAR }).collect();
        *pools = vec![FAR; self.demand.len()];
        let mut queue: VecDeque<u32> = (0..)
            .zip(&self.supply)
            .filter(|(_, supply)| **supply > 0)
            .map(|(item, _)| item)
            .collect();
        let mut end = FAR;
        while let Some(item) = queue.pop_front() {
            let distance = items[item as usize] + 1;
            if distance > end {
                break;
            }
            let edges =
                self.starts[item as usize] as usize..self.starts[item as usize + 1] as usize;
            *work = work.saturating_sub(edges.len() as u64);
            for pool in self.pools[edges].iter().map(|pool| *pool as usize) {
                if pools[pool] != FAR {
                    continue;
                }
                pools[pool] = distance;
                if self.demand[pool] > 0 {
                    end = distance;
                    continue;
                }
                let back = self.back_starts[pool] as usize..self.back_starts[pool + 1] as usize;
                *work = work.saturating_sub(back.len() as u64);
                for edge in self.back[back].iter().map(|edge| *edge as usize) {
                    let owner = self.owners[edge];
                    if self.flow[edge] > 0 && items[owner as usize] == FAR {
                        items[owner as usize] = distance + 1;
                        queue.push_back(owner);
                    }
                }
            }
        }
        end != FAR
    }

    /// Sends the supply of an item along shortest paths, until there is none or they are full.
    fn send_from(&mut self, item: u32, work: &mut u64) {
        let mut path = Vec::new();
        while self.supply[item as usize] > 0 && *work > 0 {
            path.clear();
            if !self.find_path(item, &mut path, work) {
                return;
            }
            self.send_along(item, &path);
        }
    }

    /// Finds a shortest path to a pool that can take something: edges to pools and, from pools,
    /// edges whose flow is taken back, in turn.
    fn find_path(&mut self, from: u32, path: &mut Vec<u32>, work: &mut u64) -> bool {
        let mut item = from as usize;
        loop {
            *work = work.saturating_sub(1);
            let cursor = self.search.item_cursors[item];
            if cursor == self.starts[item + 1] {
                let Some(back) = path.pop() else { return false };
                path.pop();
                self.search.pool_cursors[self.pools[back as usize] as usize] += 1;
                item = self.previous_item(from, path);
                continue;
            }
            let pool = self.pools[cursor as usize] as usize;
            if self.search.pools[pool] == self.search.items[item] + 1 {
                if self.demand[pool] > 0 {
                    path.push(cursor);
                    return true;
                }
                if let Some(back) = self.next_back(pool, work) {
                    path.extend([cursor, back]);
                    item = self.owners[back as usize] as usize;
                    continue;
                }
            }
            self.search.item_cursors[item] += 1;
        }
    }

    /// Returns the item at the end of a path.
    fn previous_item(&self, from: u32, path: &[u32]) -> usize {
        path.last().map_or(from, |back| self.owners[*back as usize]) as usize
    }

    /// Returns the next edge of a pool whose flow can be taken back on a shortest path.
    fn next_back(&mut self, pool: usize, work: &mut u64) -> Option<u32> {
        let distance = self.search.pools[pool] + 1;
        let cursor = &mut self.search.pool_cursors[pool];
        while *cursor < self.back_starts[pool + 1] {
            *work = work.saturating_sub(1);
            let edge = self.back[*cursor as usize];
            let owner = self.owners[edge as usize] as usize;
            if self.flow[edge as usize] > 0 && self.search.items[owner] == distance {
                return Some(edge);
            }
            *cursor += 1;
        }
        None
    }

    /// Sends as much as a path takes.
    fn send_along(&mut self, from: u32, path: &[u32]) {
        let Some(last) = path.last() else { return };
        let pool = self.pools[*last as usize] as usize;
        let taken_back = path.iter().skip(1).step_by(2).map(|edge| self.flow[*edge as usize]);
        let amount = taken_back.fold(self.supply[from as usize].min(self.demand[pool]), u32::min);
        self.supply[from as usize] -= amount;
        self.demand[pool] -= amount;
        for (at, edge) in path.iter().enumerate() {
            let flow = &mut self.flow[*edge as usize];
            *flow = if at % 2 == 0 { *flow + amount } else { *flow - amount };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the capacity of the cheapest cut: the least, over all sets of pools, of the demand
    /// of these and the supply of items with other pools.
    fn cut(supplies: &[(u32, Vec<u32>)], demand: &[u32]) -> u32 {
        let cost = |open: u32| {
            let pools: u32 =
                (0..).zip(demand).filter(|(pool, _)| open >> pool & 1 == 1).map(|(_, d)| d).sum();
            let is_shut = |pools: &[u32]| pools.iter().any(|pool| open >> pool & 1 == 0);
            let items = supplies.iter().filter(|(_, pools)| is_shut(pools));
            pools + items.map(|(supply, _)| supply).sum::<u32>()
        };
        (0..1 << demand.len()).map(cost).min().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn greatest_flow_equals_the_cheapest_cut(
            supplies in prop::collection::vec(
                (0..20_u32, prop::collection::btree_set(0..7_u32, 0..4)), 0..40),
            demand in prop::collection::vec(0..40_u32, 7),
        ) {
            let supplies: Vec<(u32, Vec<u32>)> =
                supplies.into_iter().map(|(s, pools)| (s, pools.into_iter().collect())).collect();
            let mut network = Network::new(demand.clone());
            for (supply, pools) in &supplies {
                network.item(*supply, pools.iter().copied());
            }
            network.saturate(&mut u64::MAX.clone());
            let mut sent = vec![0; demand.len()];
            for (edge, pool) in network.pools.iter().enumerate() {
                sent[*pool as usize] += network.flow[edge];
            }
            let mut flow = 0;
            for (pool, demand) in demand.iter().enumerate() {
                prop_assert_eq!(sent[pool] + network.demand(pool as u32), *demand);
                flow += sent[pool];
            }
            for (item, (supply, _)) in supplies.iter().enumerate() {
                let range = network.starts[item] as usize..network.starts[item + 1] as usize;
                let sent: u32 = network.flow[range].iter().sum();
                prop_assert_eq!(sent + network.left(item as u32), *supply);
            }
            prop_assert_eq!(flow, cut(&supplies, &demand));
        }
    }
}
