import Testing
import Wire

@Suite struct AgingTableTests {
  private func table(_ capacity: Int = 4) -> AgingTable<Int, Int> {
    AgingTable(capacity: capacity, period: .seconds(10))
  }

  private func second(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  @Test func keepsWhatIsTouched() {
    var table = table()
    for time in 0..<100 {
      let count = table.update(1, now: second(Int64(time) * 9)) { entry in
        entry = (entry ?? 0) + 1
        return entry
      }
      #expect(count == time + 1)
    }
    #expect(table.count == 1)
  }

  @Test(arguments: 0..<10) func keepsForAPeriodAndForgetsAfterTwo(_ start: Int64) {
    var table = table()
    _ = table.update(0, now: second(0)) { $0 = 0 }
    _ = table.update(1, now: second(start)) { $0 = 1 }
    for time in start...start + 40 {
      table.turn(now: second(time))
      if time <= start + 10 { #expect(table.value(for: 1) == 1) }
      if time >= start + 20 { #expect(table.value(for: 1) == nil) }
    }
  }

  @Test func silenceIsTimeToo() {
    var table = table()
    _ = table.update(1, now: second(0)) { $0 = 1 }
    table.turn(now: second(19))
    #expect(table.value(for: 1) == 1)
    table.turn(now: second(1_000))
    #expect(table.value(for: 1) == nil)
    #expect(table.count == 0)
  }

  @Test func refusesWhenFull() {
    var table = table(2)
    #expect(table.update(1, now: second(0)) { $0 = 1 } != nil)
    #expect(table.update(2, now: second(0)) { $0 = 2 } != nil)
    #expect(table.update(3, now: second(0)) { $0 = 3 } == nil)
    #expect(table.update(1, now: second(0)) { $0 = 4 } != nil)
    #expect(table.value(for: 1) == 4)
    // In the old generation they still count.
    #expect(table.update(3, now: second(10)) { $0 = 3 } == nil)
    #expect(table.update(2, now: second(10)) { $0 = nil } != nil)
    #expect(table.update(3, now: second(10)) { $0 = 3 } != nil)
    #expect(table.count == 2)
  }

  @Test func readingAnAbsentEntryMakesNone() {
    var table = table()
    let found = table.update(1, now: second(0)) { $0 }
    #expect(found == .some(nil))
    #expect(table.count == 0)
  }

  @Test func canBeMadeToForget() {
    var table = table(2)
    _ = table.update(1, now: second(0)) { $0 = 1 }
    _ = table.update(2, now: second(0)) { $0 = 2 }
    table.forgetOldGeneration(now: second(0))
    #expect(table.value(for: 1) == 1)
    table.forgetOldGeneration(now: second(0))
    #expect(table.count == 0)
  }
}
