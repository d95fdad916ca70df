//! A queue in the order of arrival, from which an entry can be removed anywhere without a search.

use std::collections::VecDeque;

/// Entries in the order of their numbers.
#[derive(Debug)]
pub struct Line<T> {
    /// What has left the middle is None until it is at an end, or until half of them are. The first and the last are
    /// there.
    places: VecDeque<(u64, Option<T>)>,
    left: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { places: VecDeque::new(), left: 0 }
    }
}

impl<T> Line<T> {
    /// Adds an entry at the end; its number must be above those of all that came before.
    pub fn push(&mut self, number: u64, entry: T) {
        if self.is_empty() {
            // Mostly it is one, in each of many thousand lines.
            self.places.reserve_exact(1);
        }
        self.places.push_back((number, Some(entry)));
    }

    /// Returns the first entry and its number.
    pub fn first(&self) -> Option<(u64, &T)> {
        let (number, entry) = self.places.front()?;
        Some((*number, entry.as_ref()?))
    }

    /// Takes the first entry.
    pub fn pop_first(&mut self) -> Option<T> {
        let (_, entry) = self.places.pop_front()?;
        self.tidy();
        entry
    }

    /// Takes the entry of that number, if it has not left.
    pub fn remove(&mut self, number: u64) -> Option<T> {
        let at = self.places.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        let entry = self.places.get_mut(at)?.1.take()?;
        self.left += 1;
        self.tidy();
        Some(entry)
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.places.len() - self.left
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All entries, in their order.
    pub fn into_entries(self) -> impl Iterator<Item = T> {
        self.places.into_iter().filter_map(|(_, entry)| entry)
    }

    fn tidy(&mut self) {
        let has_left = |place: Option<&(u64, Option<T>)>| place.is_some_and(|(_, entry)| entry.is_none());
        while has_left(self.places.front()) {
            self.places.pop_front();
            self.left -= 1;
        }
        while has_left(self.places.back()) {
            self.places.pop_back();
            self.left -= 1;
        }
        if self.left > self.places.len() / 2 {
            self.places.retain(|(_, entry)| entry.is_some());
            self.left = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(numbers: std::ops::Range<u64>) -> Line<u64> {
        let mut line = Line::default();
        numbers.for_each(|number| line.push(number, number * 10));
        line
    }

    #[test]
    fn entries_leave_in_their_order_and_from_anywhere() {
        let mut line = line(1..8);
        assert_eq!(line.remove(3), Some(30));
        assert_eq!(line.remove(3), None);
        assert_eq!(line.remove(99), None);
        assert_eq!((line.len(), line.first()), (6, Some((1, &10))));
        assert_eq!(line.pop_first(), Some(10));
        assert_eq!(line.remove(2), Some(20));
        assert_eq!(line.first(), Some((4, &40)));
        assert_eq!(line.remove(7), Some(70));
        line.push(8, 80);
        assert_eq!(line.into_entries().collect::<Vec<_>>(), [40, 50, 60, 80]);
    }

    #[test]
    fn what_has_left_takes_no_room() {
        let mut line = line(0..1000);
        for number in 1..999 {
            assert_eq!(line.remove(number), Some(number * 10));
            assert!(
                line.places.len() <= 2 * line.len() + 1,
                "{} places for {}",
                line.places.len(),
                line.len()
            );
        }
        assert_eq!((line.pop_first(), line.pop_first(), line.pop_first()), (Some(0), Some(9990), None));
        assert!(line.is_empty());
    }
}
