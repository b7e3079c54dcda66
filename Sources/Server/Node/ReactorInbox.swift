import Proxy
import Reactor
import Synchronization

/// Things for one reactor, put in by whatever thread has them: the store's writer, a resolver, another reactor.
///
/// What comes while the reactor has not looked is one wake-up for all of it.
final class ReactorInbox<Element: Sendable>: Sendable {
  private let mailbox: Mailbox
  private let whenFirst: @Sendable (NodeDriver) -> Void
  private let elements = Mutex<[Element]>([])

  /// - Parameter whenFirst: tells the driver, on its thread, that there is something.
  init(mailbox: Mailbox, whenFirst: @escaping @Sendable (NodeDriver) -> Void) {
    self.mailbox = mailbox
    self.whenFirst = whenFirst
  }

  func put(_ element: Element) {
    let isFirst = elements.withLock { elements in
      elements.append(element)
      return elements.count == 1
    }
    guard isFirst else { return }
    mailbox.post(.call { [whenFirst] driver in if let driver = driver as? NodeDriver { whenFirst(driver) } })
  }

  /// Everything that has come, in its order.
  func take() -> [Element] {
    elements.withLock { elements in
      defer { elements = [] }
      return elements
    }
  }
}

/// Answers for the proxy core of one reactor; one for a context that is gone interests nobody any more.
typealias ReplyBox = ReactorInbox<(context: ContextID, answer: StoreAnswer)>

/// The way back to one context that has asked: used once, from any thread.
struct Reply: Sendable {
  let box: ReplyBox
  let context: ContextID

  func callAsFunction(_ answer: StoreAnswer) { box.put((context, answer)) }
}
