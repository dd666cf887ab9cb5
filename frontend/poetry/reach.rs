//! Which packages a lock without groups and markers (before 2.1) installs, and in which environments.
//! Poetry resolves such a lock again at each install, for the machine at hand; here every edge is followed once for all
//! environments, as sets. Where a package has several locked versions, the constraints of all edges that count choose.

use std::collections::BTreeMap;

use super::dependency::Dependency;
use super::grid::Grid;
use super::lock::{Lock, Locked};
use super::marker;

/// What is asked of the lock.
pub(super) struct Wish<'a> {
    /// What the groups that were asked for need.
    pub roots: Vec<&'a Dependency>,
    /// The extras that were asked for.
    pub extras: &'a [String],
}

/// Rounds of choosing among versions; a lock that was resolved settles in a few.
const ROUNDS: usize = 16;

/// For each package of the lock, the environments in which it is installed.
pub(super) fn reach(lock: &Lock, wish: &Wish<'_>, universe: Grid) -> Vec<Grid> {
    let graph = Graph::new(lock);
    let mut choice: Option<Vec<Grid>> = None;
    let mut found = Walk::default();
    for _ in 0..ROUNDS {
        found = graph.walk(wish, universe, choice.as_deref());
        let next = graph.choose(&found);
        if choice.as_ref() == Some(&next) {
            break;
        }
        choice = Some(next);
    }
    // What a dependency leads to that is there for an extra only counts when that extra was asked for.
    let roots = wish.roots.iter().copied().filter(|root| !root.is_optional).collect();
    let certain = graph.walk(&Wish { roots, extras: wish.extras }, universe, choice.as_deref());
    let asked = graph.asked_by_extras(wish, &found.reached);
    let packages = lock.packages.iter().zip(found.reached).zip(certain.reached);
    packages
        .map(|((package, grid), certain)| {
            let wanted = asked.get(package.name.as_str()).copied().unwrap_or(Grid::NONE);
            certain.or(grid.and(wanted))
        })
        .collect()
}

struct Graph<'a> {
    packages: &'a [Locked],
    /// The environments that each package's own Python versions allow.
    runs_on: Vec<Grid>,
    /// The versions of each package, newest first.
    versions: BTreeMap<&'a str, Vec<usize>>,
    lock: &'a Lock,
}

/// What one walk through the graph found.
#[derive(Default)]
struct Walk {
    reached: Vec<Grid>,
    /// For each package, the environments in which each of its extras is asked for.
    extras: Vec<BTreeMap<String, Grid>>,
    /// Every edge that counts: where, and the versions it allows.
    demands: BTreeMap<String, Vec<(Grid, Vec<usize>)>>,
}

impl<'a> Graph<'a> {
    fn new(lock: &'a Lock) -> Self {
        let mut versions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, package) in lock.packages.iter().enumerate() {
            versions.entry(&package.name).or_default().push(index);
        }
        for list in versions.values_mut() {
            list.sort_by(|a, b| lock.packages[*b].parsed.cmp(&lock.packages[*a].parsed));
        }
        let runs_on = |package: &Locked| package.pythons.as_deref().and_then(marker::pythons).unwrap_or(Grid::ALL);
        Self { packages: &lock.packages, runs_on: lock.packages.iter().map(runs_on).collect(), versions, lock }
    }

    /// Follows every edge until nothing new is reached; sets only grow, so cycles come to an end.
    fn walk(&self, wish: &Wish<'_>, universe: Grid, choice: Option<&[Grid]>) -> Walk {
        let count = self.packages.len();
        let mut walk = Walk { reached: vec![Grid::NONE; count], extras: vec![BTreeMap::new(); count], demands: BTreeMap::new() };
        let mut queue: Vec<usize> = vec![];
        for root in &wish.roots {
            let grid = root.holds(&|extra| wish.extras.iter().any(|e| e == extra)).and(universe);
            self.follow(root, grid, choice, &mut walk, &mut queue);
        }
        while let Some(index) = queue.pop() {
            for dependency in &self.packages[index].dependencies {
                let grid = self.edge(index, dependency, &walk);
                self.follow(dependency, grid, choice, &mut walk, &mut queue);
            }
        }
        walk
    }

    /// The environments in which a package's dependency counts.
    fn edge(&self, index: usize, dependency: &Dependency, walk: &Walk) -> Grid {
        let package = &self.packages[index];
        let asked = &walk.extras[index];
        let grid = if dependency.names_extras() {
            asked.iter().fold(Grid::NONE, |grid, (extra, here)| grid.or(dependency.holds(&|e| e == extra).and(*here)))
        } else if dependency.is_optional {
            let lists = |extra: &str| package.extras.get(extra).is_some_and(|l| l.iter().any(|(name, _)| *name == dependency.name));
            let here = asked.iter().filter(|(extra, _)| lists(extra)).fold(Grid::NONE, |grid, (_, here)| grid.or(*here));
            dependency.holds(&|_| false).and(here)
        } else {
            dependency.holds(&|_| false)
        };
        grid.and(walk.reached[index])
    }

    fn follow(&self, dependency: &Dependency, grid: Grid, choice: Option<&[Grid]>, walk: &mut Walk, queue: &mut Vec<usize>) {
        let Some(versions) = self.versions.get(dependency.name.as_str()).filter(|_| !grid.is_empty()) else { return };
        let fitting: Vec<usize> = versions.iter().copied().filter(|i| dependency.accepts(&self.packages[*i])).collect();
        let allowed = if fitting.is_empty() { versions.clone() } else { fitting };
        let demand = (grid, allowed.clone());
        let demands = walk.demands.entry(dependency.name.clone()).or_default();
        if !demands.contains(&demand) {
            demands.push(demand);
        }
        let mut left = grid;
        if let Some(choice) = choice {
            for index in versions {
                self.arrive(*index, dependency, left.and(choice[*index]), walk, queue);
                left = left.minus(choice[*index]);
            }
        }
        for index in &allowed {
            self.arrive(*index, dependency, left.and(self.runs_on[*index]), walk, queue);
            left = left.minus(self.runs_on[*index]);
        }
        self.arrive(allowed[0], dependency, left, walk, queue);
    }

    fn arrive(&self, index: usize, dependency: &Dependency, grid: Grid, walk: &mut Walk, queue: &mut Vec<usize>) {
        let mut is_new = false;
        let mut grow = |known: &mut Grid| {
            let grown = known.or(grid);
            is_new |= grown != *known;
            *known = grown;
        };
        if grid.is_empty() {
            return;
        }
        grow(&mut walk.reached[index]);
        let package = &self.packages[index];
        let mut extras: Vec<&String> = dependency.extras.iter().collect();
        let mut at = 0;
        while at < extras.len() {
            grow(walk.extras[index].entry(extras[at].clone()).or_insert(Grid::NONE));
            // An extra may be made of others of the same package.
            let own = package.extras.get(extras[at]).into_iter().flatten().filter(|(name, _)| *name == package.name);
            let more: Vec<&String> = own.flat_map(|(_, more)| more).filter(|e| !extras.contains(e)).collect();
            extras.extend(more);
            at += 1;
        }
        if is_new && !queue.contains(&index) {
            queue.push(index);
        }
    }

    /// Picks, for each environment, the newest version that every edge counting there allows.
    fn choose(&self, walk: &Walk) -> Vec<Grid> {
        let mut choice = vec![Grid::NONE; self.packages.len()];
        for (name, demands) in &walk.demands {
            let versions = self.versions.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            let mut left = demands.iter().fold(Grid::NONE, |grid, (here, _)| grid.or(*here));
            let refused = |index: usize| {
                let against = demands.iter().filter(|(_, allowed)| !allowed.contains(&index));
                against.fold(Grid::NONE, |grid, (here, _)| grid.or(*here))
            };
            let mut take = |index: usize, grid: Grid| {
                choice[index] = choice[index].or(left.and(grid));
                left = left.minus(grid);
            };
            for index in versions {
                take(*index, self.runs_on[*index].minus(refused(*index)));
            }
            for index in versions {
                take(*index, Grid::ALL.minus(refused(*index)));
            }
        }
        choice
    }

    /// Poetry installs an optional package when an extra's packages lead to its name, whatever the markers on the way.
    fn asked_by_extras(&self, wish: &Wish<'_>, reached: &[Grid]) -> BTreeMap<&'a str, Grid> {
        let present = |name: &str| {
            let versions = self.versions.get_key_value(name)?;
            Some((*versions.0, versions.1.iter().fold(Grid::NONE, |grid, index| grid.or(reached[*index]))))
        };
        let mut asked: BTreeMap<&str, Grid> = BTreeMap::new();
        let mut queue: Vec<(&str, Grid)> = vec![];
        let listed = wish.extras.iter().filter_map(|extra| self.lock.extras.get(extra)).flatten();
        queue.extend(listed.filter_map(|name| present(name)));
        while let Some((name, grid)) = queue.pop() {
            let known = asked.entry(name).or_insert(Grid::NONE);
            let grown = known.or(grid);
            if grown == *known {
                continue;
            }
            *known = grown;
            for index in self.versions.get(name).into_iter().flatten() {
                let here = grown.and(reached[*index]);
                let needed = self.packages[*index].dependencies.iter().filter_map(|d| present(&d.name));
                queue.extend(needed.map(|(next, there)| (next, there.and(here))));
            }
        }
        asked
    }
}
