//! Several things done at once, so that what is asked of many checks is one commit and not one each.

use std::future::poll_fn;
use std::task::Poll;

/// Does all of these in one task, and returns what came of them, in their order.
pub(super) async fn together<F: Future>(deeds: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut deeds: Vec<_> = deeds.into_iter().map(|deed| (Box::pin(deed), None)).collect();
    poll_fn(|context| {
        let mut are_done = true;
        for (deed, outcome) in deeds.iter_mut().filter(|(_, outcome)| outcome.is_none()) {
            match deed.as_mut().poll(context) {
                Poll::Ready(done) => *outcome = Some(done),
                Poll::Pending => are_done = false,
            }
        }
        if are_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    deeds.into_iter().filter_map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn all_are_begun_before_any_is_waited_for_and_their_order_stays() {
        let (sender, receiver) = oneshot::channel();
        let (mut sender, mut receiver) = (Some(sender), Some(receiver));
        let deeds = [0, 1].map(|number| {
            let (sender, receiver) =
                if number == 0 { (None, receiver.take()) } else { (sender.take(), None) };
            async move {
                if let Some(receiver) = receiver {
                    receiver.await.unwrap();
                }
                sender.map(|sender: oneshot::Sender<()>| sender.send(()));
                number
            }
        });
        assert_eq!(together(deeds).await, [0, 1]);
    }
}
