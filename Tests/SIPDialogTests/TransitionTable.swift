/// A state machine's table as people write it: a row for each state, a column for each event.
///
/// A cell is the action's name, and behind `>` the new phase if it changes: `send>accepted`, `>terminated`; `-` is
/// "nothing happens". Every row has a cell in every column, so no pair of state and event is left unsaid.
struct TransitionTable {
  struct Cell: CustomStringConvertible, Sendable {
    var state: String
    var event: String
    var action: String
    var newPhase: String?

    var description: String { "\(state) × \(event)" }
  }

  var states: [String] = []
  var events: [String] = []
  var cells: [Cell] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let columns = line.split(separator: "|", omittingEmptySubsequences: false).map {
        String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      guard !events.isEmpty else {
        events = Array(columns.dropFirst())
        continue
      }
      precondition(columns.count == events.count + 1, "row \(columns[0]) has \(columns.count - 1) cells")
      states.append(columns[0])
      for (event, cell) in zip(events, columns.dropFirst()) {
        let parts = cell.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
        let action = parts[0] == "-" || parts[0].isEmpty ? "none" : parts[0]
        cells.append(
          Cell(state: columns[0], event: event, action: action, newPhase: parts.count > 1 ? parts[1] : nil))
      }
    }
  }
}
