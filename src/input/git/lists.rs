//! Many short lists of numbers in two pieces of memory: a vector for each would cost several times what it holds.

/// Lists by number, from 0.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Where each list begins; one more than there are lists.
    first: Vec<u32>,
    /// Those of one list side by side.
    items: Vec<u32>,
}

impl Lists {
    /// Makes `count` lists. `pairs` calls its argument with a list and an item for it, for all there are, and is run twice; items keep their order.
    pub(super) fn of(count: usize, pairs: impl Fn(&mut dyn FnMut(u32, u32))) -> Self {
        let mut first = vec![0_u32; count + 1];
        pairs(&mut |list, _| first[list as usize + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut items = vec![0; first.last().copied().unwrap_or(0) as usize];
        // While a list fills, its beginning goes along with the next free place, and ends up where the next list begins.
        pairs(&mut |list, item| {
            let next = &mut first[list as usize];
            items[*next as usize] = item;
            *next += 1;
        });
        first.copy_within(..count, 1);
        first[0] = 0;
        Self { first, items }
    }

    /// How many items all lists have.
    pub(super) fn items(&self) -> usize {
        self.items.len()
    }

    /// The items of a list; none of one that was not made.
    pub(super) fn get(&self, list: u32) -> &[u32] {
        let at = list as usize;
        match self.first.get(at..at + 2) {
            Some(&[from, to]) => &self.items[from as usize..to as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_holds_its_items_in_the_order_they_came() {
        let pairs = [(2, 7), (0, 1), (2, 5), (0, 3), (3, 9)];
        let lists = Lists::of(4, |put| pairs.iter().for_each(|(list, item)| put(*list, *item)));
        let all: Vec<&[u32]> = (0..5).map(|list| lists.get(list)).collect();
        let expected: [&[u32]; 5] = [&[1, 3], &[], &[7, 5], &[9], &[]];
        assert_eq!(all, expected);
        assert_eq!(Lists::default().get(0), &[] as &[u32]);
    }
}
