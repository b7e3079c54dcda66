/// Holds the branches of a response context, which a call touches some twenty-five times.
class Branching {
  // Sound: a context belongs to one core and so to one thread, and what changes its branches runs to its end before
  // anything else looks at them: no closure that is given to them touches the context. The language's own check of that
  // cost 2,000 instructions a call.
  @exclusivity(unchecked) private var unguarded: [Branch] = []

  /// Where the request has been sent or is to be sent, in no order.
  final var branches: [Branch] {
    _read { yield unsafe unguarded }
    _modify { yield unsafe &unguarded }
  }
}
