//! Many things under each of some keys, in two flat lists instead of a list for every key.

/// Things by keys, which are the numbers below a size. Under a key they stand in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Where the things of each key end, which is where those of the next begin.
    ends: Vec<u32>,
    things: Vec<u32>,
}

impl Groups {
    /// Groups `pairs` of a key below `size` and a thing.
    pub(crate) fn new(size: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut ends = vec![0; size];
        for (key, _) in pairs.clone() {
            ends[key] += 1;
        }
        let mut all = 0;
        for end in &mut ends {
            // Where the things of the key begin, until they are put there.
            all += std::mem::replace(end, all);
        }
        let mut things = vec![0; all as usize];
        for (key, thing) in pairs {
            // A listing never has more records than such a number can say.
            things[ends[key] as usize] = u32::try_from(thing).unwrap_or(u32::MAX);
            ends[key] += 1;
        }
        Self { ends, things }
    }

    /// Returns the things under a key.
    pub(crate) fn of(
        &self,
        key: usize,
    ) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator + Clone {
        self.list(key).iter().map(|thing| *thing as usize)
    }

    /// Returns the same as a list.
    pub(crate) fn list(&self, key: usize) -> &[u32] {
        let start = if key == 0 { 0 } else { self.ends[key - 1] };
        &self.things[start as usize..self.ends[key] as usize]
    }

    /// Returns the number of keys.
    pub(crate) fn keys(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_stand_under_their_keys_in_the_order_in_which_they_came() {
        let groups = Groups::new(4, [(2, 7), (0, 1), (2, 3), (3, 9)].into_iter());
        let all: Vec<Vec<usize>> = (0..groups.keys()).map(|key| groups.of(key).collect()).collect();
        assert_eq!(all, [vec![1], vec![], vec![7, 3], vec![9]]);
    }
}
