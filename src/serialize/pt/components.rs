//! Which of a graph's nodes lead back to themselves.

use super::allowance::Allowance;
use super::machine::Graph;
use super::problem::Problem;

/// The nodes that lead to each other, as a list and what is in it that names the list.
pub(super) struct Components {
    /// The number of each node's component; zero of a node that does not lead back to itself.
    pub of: Vec<u32>,
    /// How many there are, with the one of the number zero.
    pub count: usize,
}

impl Components {
    /// Tarjan's algorithm, with a stack of its own: a graph may be deeper than the thread's.
    pub fn new(graph: &Graph, left: &mut Allowance) -> Result<Self, Problem> {
        // Later than any.
        const CLOSED: u32 = u32::MAX;
        let nodes = graph.nodes.len();
        // What leads back to itself is named twice, from outside and from inside.
        let mut again = graph.nodes.iter().zip(&graph.again).filter(|(_, again)| **again);
        if again.all(|(node, _)| node.parts().next().is_none()) {
            left.make(nodes * size_of::<u32>())?;
            return Ok(Self { of: vec![0; nodes], count: 1 });
        }
        let steps = nodes + graph.nodes.iter().map(|node| node.parts().count()).sum::<usize>();
        left.make(4 * nodes * size_of::<u32>() + steps * size_of::<(u32, bool)>())?;
        let mut of = vec![0; nodes];
        let mut count = 1;
        // When each was come to, and the first of those still open that it leads to.
        let (mut time, mut times, mut first) = (0, vec![0; nodes], vec![0; nodes]);
        let mut open: Vec<u32> = Vec::with_capacity(nodes);
        // The nodes to come to, and those to leave when all that they name has been come to.
        let mut waiting: Vec<(u32, bool)> = Vec::with_capacity(steps);
        waiting.extend(graph.root.id().map(|id| (id, false)));
        while let Some((id, leaves)) = waiting.pop() {
            let (at, node) = (id as usize, &graph.nodes[id as usize]);
            if leaves {
                for part in node.parts() {
                    first[at] = first[at].min(first[part as usize]);
                }
                if first[at] == times[at] {
                    let from = open.iter().rposition(|other| *other == id).unwrap_or(0);
                    let leads_back = open.len() - from > 1 || node.parts().any(|part| part == id);
                    for member in open.drain(from..) {
                        first[member as usize] = CLOSED;
                        of[member as usize] = if leads_back { count } else { 0 };
                    }
                    count += u32::from(leads_back);
                }
            } else if times[at] == 0 {
                time += 1;
                (times[at], first[at]) = (time, time);
                open.push(id);
                waiting.push((id, true));
                waiting.extend(node.parts().map(|part| (part, false)));
            }
        }
        Ok(Self { of, count: count as usize })
    }
}
