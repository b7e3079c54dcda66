/// Copies of samples, which checked loops make several times as dear: half of what a frame cost in a jitter buffer.
extension MutableSpan where Element == Int16 {
  /// Copies samples to a place on, as many as there is room for.
  ///
  /// Sound: the place is checked, and no index goes beyond the smaller of both counts.
  package mutating func copy(_ source: Span<Int16>, to place: Int) {
    precondition(place >= 0 && place <= count, "a place outside")
    let copied = Swift.min(source.count, count - place)
    for index in 0..<copied { unsafe self[unchecked: place &+ index] = source[unchecked: index] }
  }

  /// Moves samples towards the beginning.
  ///
  /// Sound: both ends are checked. Going upwards, none is overwritten before it is read.
  package mutating func moveDown(from place: Int, to target: Int, count moved: Int) {
    precondition(target >= 0 && target <= place && moved >= 0 && place <= count - moved, "places outside")
    for index in 0..<moved { unsafe self[unchecked: target &+ index] = self[unchecked: place &+ index] }
  }
}
