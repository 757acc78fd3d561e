//! Records that hang together by claims: the smallest groups outside of which nothing is claimed.

use crate::reconcile::input::Groups;

/// Groups over the numbers below a size, made by joining pairs.
pub(crate) struct Clusters {
    parent: Vec<u32>,
    touched: Vec<bool>,
    /// One node of every group whose evidence contradicts itself.
    contradicts: Vec<usize>,
}

impl Clusters {
    pub(crate) fn new(size: usize) -> Self {
        // Two listings together never have more records than such a number can say.
        let last = u32::try_from(size).unwrap_or(u32::MAX);
        Self { parent: (0..last).collect(), touched: vec![false; size], contradicts: Vec::new() }
    }

    /// Joins the groups of two nodes.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        self.touched[a] = true;
        self.touched[b] = true;
        let (a, b) = (self.root(a), self.root(b));
        // The smallest node leads, so that groups come out in the same order whatever was joined first.
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// Joins the groups of all `nodes`, whose evidence contradicts itself.
    pub(crate) fn contradict(&mut self, nodes: &[usize]) {
        for pair in nodes.windows(2) {
            self.join(pair[0], pair[1]);
        }
        self.contradicts.extend(nodes.first());
    }

    /// Returns the groups of joined nodes, each with whether something in it is a contradiction.
    pub(crate) fn groups(mut self) -> JoinedGroups {
        let roots: Vec<u32> = (0..self.parent.len()).map(|node| self.root(node)).collect();
        let mut contradicts = vec![false; if self.contradicts.is_empty() { 0 } else { roots.len() }];
        for node in &self.contradicts {
            contradicts[roots[*node] as usize] = true;
        }
        let touched = (0..roots.len()).filter(|node| self.touched[*node]);
        let by_root = Groups::new(roots.len(), touched.map(|node| (roots[node] as usize, node)));
        JoinedGroups { by_root, contradicts }
    }

    fn root(&mut self, node: usize) -> u32 {
        let mut node = node;
        while self.parent[node] as usize != node {
            self.parent[node] = self.parent[self.parent[node] as usize];
            node = self.parent[node] as usize;
        }
        self.parent[node]
    }
}

/// Groups of joined nodes, by their smallest.
pub(crate) struct JoinedGroups {
    by_root: Groups,
    /// By the smallest node; empty where nothing contradicts itself.
    contradicts: Vec<bool>,
}

impl JoinedGroups {
    /// Returns the groups, smallest node first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u32], bool)> {
        let all = (0..self.by_root.keys()).map(|root| (root, self.by_root.list(root)));
        let groups = all.filter(|(_, nodes)| !nodes.is_empty());
        groups.map(|(root, nodes)| (nodes, self.contradicts.get(root).copied().unwrap_or_default()))
    }
}
