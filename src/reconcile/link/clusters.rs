//! Records that hang together by claims: the smallest groups outside of which nothing is claimed.

use std::collections::BTreeMap;

/// Groups over the numbers below a size, made by joining pairs.
pub(crate) struct Clusters {
    parent: Vec<usize>,
    touched: Vec<bool>,
    contradicts: Vec<bool>,
}

impl Clusters {
    pub(crate) fn new(size: usize) -> Self {
        Self { parent: (0..size).collect(), touched: vec![false; size], contradicts: vec![false; size] }
    }

    /// Joins the groups of two nodes.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        self.touched[a] = true;
        self.touched[b] = true;
        let (a, b) = (self.root(a), self.root(b));
        // The smallest node leads, so that groups come out in the same order whatever was joined first.
        self.parent[a.max(b)] = a.min(b);
    }

    /// Joins the groups of all `nodes`, whose evidence contradicts itself.
    pub(crate) fn contradict(&mut self, nodes: &[usize]) {
        for pair in nodes.windows(2) {
            self.join(pair[0], pair[1]);
        }
        if let [first, ..] = nodes {
            self.contradicts[*first] = true;
        }
    }

    /// Returns the groups of joined nodes, smallest node first, each with whether something in it is a contradiction.
    pub(crate) fn groups(mut self) -> Vec<(Vec<usize>, bool)> {
        let mut groups: BTreeMap<usize, (Vec<usize>, bool)> = BTreeMap::new();
        for node in (0..self.parent.len()).filter(|node| self.touched[*node]).collect::<Vec<_>>() {
            let group = groups.entry(self.root(node)).or_default();
            group.0.push(node);
            group.1 |= self.contradicts[node];
        }
        groups.into_values().collect()
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }
}
