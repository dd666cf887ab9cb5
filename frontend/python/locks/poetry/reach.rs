//! Which packages a lock without groups and markers (before 2.1) installs, and in which environments.
//! Poetry resolves such a lock again at each install, for the machine at hand; here every edge is followed once for all
//! environments, as sets. Where a package has several locked versions, the constraints of all edges that count choose.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::dependency::Dependency;
use super::lock::{Lock, Locked};
use crate::python::pep::grid::Grid;
use crate::python::pep::holds;

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
pub(super) fn reach<'a>(lock: &'a Lock, wish: &Wish<'a>, universe: Grid) -> Vec<Grid> {
    let graph = Graph::new(lock);
    let edges = graph.roots(&wish.roots);
    let mut choice: Option<Vec<Grid>> = None;
    let mut found = Walk::default();
    for _ in 0..ROUNDS {
        found = graph.walk(&edges, wish.extras, universe, choice.as_deref());
        let next = graph.choose(&found);
        if choice.as_ref() == Some(&next) {
            break;
        }
        choice = Some(next);
    }
    // What a dependency leads to that is there for an extra only counts when that extra was asked for.
    let firm: Vec<_> = wish.roots.iter().copied().filter(|root| !root.is_optional).collect();
    let certain = graph.walk(&graph.roots(&firm), wish.extras, universe, choice.as_deref());
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
    versions: BTreeMap<&'a str, Rc<[usize]>>,
    /// What each package needs, as far as the lock has it.
    edges: Vec<Vec<Edge<'a>>>,
    /// Where edges whose markers name extras count, by their number and the extra.
    of_extras: RefCell<BTreeMap<(usize, String), Grid>>,
    lock: &'a Lock,
}

/// A dependency on a package of the lock. What its marker and its constraint come to is found out once.
struct Edge<'a> {
    dependency: &'a Dependency,
    /// Its number among all edges.
    number: usize,
    /// The environments it counts in without any extra.
    plain: Grid,
    names_extras: bool,
    /// Every version of what it leads to, and those that it allows, newest first.
    versions: Rc<[usize]>,
    allowed: Rc<[usize]>,
}

/// The environments that an edge counts in, and the versions that it allows.
type Demand = (Grid, Rc<[usize]>);

/// What one walk through the graph found.
#[derive(Default)]
struct Walk {
    reached: Vec<Grid>,
    /// For each package, the environments in which each of its extras is asked for.
    extras: Vec<BTreeMap<String, Grid>>,
    /// For each package, every edge that counts, by its number: where, and the versions it allows.
    demands: BTreeMap<String, BTreeMap<usize, Demand>>,
    /// Packages whose edges are still to be followed, and whether each is among them.
    queue: VecDeque<usize>,
    waits: Vec<bool>,
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
        let mut pythons: BTreeMap<&str, Grid> = BTreeMap::new();
        let mut allowed = |text: &'a str| *pythons.entry(text).or_insert_with(|| holds::pythons(text).unwrap_or(Grid::ALL));
        let runs_on = lock.packages.iter().map(|package| package.pythons.as_deref().map_or(Grid::ALL, &mut allowed)).collect();
        let versions = versions.into_iter().map(|(name, list)| (name, list.into())).collect();
        let mut graph = Self { packages: &lock.packages, runs_on, versions, edges: vec![], of_extras: RefCell::default(), lock };
        let (mut number, mut markers) = (0, BTreeMap::new());
        for package in &lock.packages {
            let edges = package.dependencies.iter().filter_map(|dependency| graph.edge(dependency, &mut number, &mut markers));
            let edges = edges.collect();
            graph.edges.push(edges);
        }
        graph
    }

    /// The edges from outside of the lock.
    fn roots(&self, roots: &[&'a Dependency]) -> Vec<Edge<'a>> {
        let (mut number, mut markers) = (self.edges.iter().map(Vec::len).sum(), BTreeMap::new());
        roots.iter().filter_map(|root| self.edge(root, &mut number, &mut markers)).collect()
    }

    fn edge(&self, dependency: &'a Dependency, number: &mut usize, markers: &mut BTreeMap<&'a str, Grid>) -> Option<Edge<'a>> {
        let versions = Rc::clone(self.versions.get(dependency.name.as_str())?);
        let fitting: Rc<[usize]> = versions.iter().copied().filter(|i| dependency.accepts(&self.packages[*i])).collect();
        let allowed = if fitting.is_empty() { Rc::clone(&versions) } else { fitting };
        *number += 1;
        let (plain, names_extras) = (dependency.holds_without_extras(markers), dependency.names_extras());
        Some(Edge { dependency, number: *number, plain, names_extras, versions, allowed })
    }

    /// Follows every edge until nothing new is reached; sets only grow, so cycles come to an end.
    fn walk(&self, roots: &[Edge<'_>], extras: &[String], universe: Grid, choice: Option<&[Grid]>) -> Walk {
        let count = self.packages.len();
        let (reached, asked) = (vec![Grid::NONE; count], vec![BTreeMap::new(); count]);
        let mut walk = Walk { reached, extras: asked, waits: vec![false; count], ..Walk::default() };
        for root in roots {
            let grid = root.dependency.holds(&|extra| extras.iter().any(|e| e == extra)).and(universe);
            self.follow(root, grid, choice, &mut walk);
        }
        while let Some(index) = walk.queue.pop_front() {
            walk.waits[index] = false;
            for edge in &self.edges[index] {
                let grid = self.counts(index, edge, &walk);
                self.follow(edge, grid, choice, &mut walk);
            }
        }
        walk
    }

    /// The environments in which a package's edge counts.
    fn counts(&self, index: usize, edge: &Edge<'_>, walk: &Walk) -> Grid {
        let asked = &walk.extras[index];
        let grid = if edge.names_extras {
            asked.iter().fold(Grid::NONE, |grid, (extra, here)| grid.or(self.with_extra(edge, extra).and(*here)))
        } else if edge.dependency.is_optional {
            let listed = &self.packages[index].extras;
            let lists = |extra: &str| listed.get(extra).is_some_and(|l| l.iter().any(|(name, _)| *name == edge.dependency.name));
            let here = asked.iter().filter(|(extra, _)| lists(extra)).fold(Grid::NONE, |grid, (_, here)| grid.or(*here));
            edge.plain.and(here)
        } else {
            edge.plain
        };
        grid.and(walk.reached[index])
    }

    fn with_extra(&self, edge: &Edge<'_>, extra: &str) -> Grid {
        let mut known = self.of_extras.borrow_mut();
        *known.entry((edge.number, extra.to_owned())).or_insert_with(|| edge.dependency.holds(&|e| e == extra))
    }

    fn follow(&self, edge: &Edge<'_>, grid: Grid, choice: Option<&[Grid]>, walk: &mut Walk) {
        if grid.is_empty() {
            return;
        }
        let demands = walk.demands.entry(edge.dependency.name.clone()).or_default();
        let (here, _) = demands.entry(edge.number).or_insert_with(|| (Grid::NONE, Rc::clone(&edge.allowed)));
        // Nothing an edge leads to depends on more than where it counts, so what was followed need not be again.
        let new = grid.minus(*here);
        if new.is_empty() {
            return;
        }
        *here = here.or(new);
        let mut left = new;
        if let Some(choice) = choice {
            for index in edge.versions.iter() {
                self.arrive(*index, edge.dependency, left.and(choice[*index]), walk);
                left = left.minus(choice[*index]);
            }
        }
        for index in edge.allowed.iter() {
            self.arrive(*index, edge.dependency, left.and(self.runs_on[*index]), walk);
            left = left.minus(self.runs_on[*index]);
        }
        self.arrive(edge.allowed[0], edge.dependency, left, walk);
    }

    fn arrive(&self, index: usize, dependency: &Dependency, grid: Grid, walk: &mut Walk) {
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
        if is_new && !std::mem::replace(&mut walk.waits[index], true) {
            walk.queue.push_back(index);
        }
    }

    /// Picks, for each environment, the newest version that every edge counting there allows.
    fn choose(&self, walk: &Walk) -> Vec<Grid> {
        let mut choice = vec![Grid::NONE; self.packages.len()];
        for (name, demands) in &walk.demands {
            let versions = self.versions.get(name.as_str()).map_or(&[][..], |list| &**list);
            let mut left = demands.values().fold(Grid::NONE, |grid, (here, _)| grid.or(*here));
            let refused = |index: usize| {
                let against = demands.values().filter(|(_, allowed)| !allowed.contains(&index));
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
            for index in self.versions.get(name).into_iter().flat_map(|list| list.iter()) {
                let here = grown.and(reached[*index]);
                let needed = self.packages[*index].dependencies.iter().filter_map(|d| present(&d.name));
                queue.extend(needed.map(|(next, there)| (next, there.and(here))));
            }
        }
        asked
    }
}
