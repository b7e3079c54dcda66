import Proxy
import Reactor
import Synchronization

/// Answers for the proxy core of one reactor, put in by whatever thread has them: the store's writer, a resolver.
///
/// What comes while the reactor has not looked is one wake-up for all of it.
final class ReplyBox: Sendable {
  private let mailbox: Mailbox
  private let answers = Mutex<[(context: ContextID, answer: StoreAnswer)]>([])

  init(mailbox: Mailbox) { self.mailbox = mailbox }

  /// Gives an answer to a context of that reactor's core; one that is gone is no longer interested.
  func put(_ answer: StoreAnswer, for context: ContextID) {
    let isFirst = answers.withLock { answers in
      answers.append((context, answer))
      return answers.count == 1
    }
    if isFirst { mailbox.post(.call { ($0 as? NodeDriver)?.repliesHaveCome() }) }
  }

  /// Everything that has come, in its order.
  func take() -> [(context: ContextID, answer: StoreAnswer)] {
    answers.withLock { answers in
      defer { answers = [] }
      return answers
    }
  }
}

/// The way back to one context that has asked: used once, from any thread.
struct Reply: Sendable {
  let box: ReplyBox
  let context: ContextID

  func callAsFunction(_ answer: StoreAnswer) { box.put(answer, for: context) }
}
