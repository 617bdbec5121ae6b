internal import Glibc

/// Memory for bytes between the disk and the store.
///
/// `@unchecked Sendable` is safe: the thread that reads a file fills the buffer, and other threads only read it
/// afterwards.
final class Buffer: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer
  private let budget: BufferBudget?

  fileprivate init(_ memory: UnsafeMutableRawBufferPointer, of budget: BufferBudget?) {
    self.memory = memory
    self.budget = budget
  }

  deinit {
    if let budget { budget.giveBack(memory) } else { memory.deallocate() }
  }

  /// Creates a buffer outside of any budget.
  static func unlimited(_ capacity: Int) -> Buffer {
    Buffer(.allocate(byteCount: max(1, capacity), alignment: 64), of: nil)
  }

  /// The first `count` bytes, at most as many as the buffer has.
  subscript(first count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[..<min(count, memory.count)])
  }

  /// Copies bytes from `offset` on to `target`, up to `end`; returns their number.
  func copy(from offset: Int64, to target: UnsafeMutableRawBufferPointer, end: Int64) -> Int {
    let count = min(target.count, Int(end - offset))
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[Int(offset)..<(Int(offset) + count)]))
    return count
  }
}

/// The memory that buffers may take together; threads wait for room in the order of their requests.
///
/// Buffers are pages of the system, not of the allocator, whose arenas would keep freed megabytes for each thread. Free
/// buffers wait for the next request of their length, until another length needs their room.
final class BufferBudget: Sendable {
  private struct State {
    var free: Int
    var nextTicket = 0
    var served = 0
    var idle: [UnsafeMutableRawBufferPointer] = []

    /// Returns a free buffer of this length, or room for one; nil if there is no room.
    mutating func take(_ length: Int) -> UnsafeMutableRawBufferPointer?? {
      if let index = idle.lastIndex(where: { $0.count == length }) { return .some(idle.remove(at: index)) }
      while free < length, let unused = idle.popLast() {
        munmap(unused.baseAddress, unused.count)
        free += unused.count
      }
      guard free >= length else { return nil }
      free -= length
      return .some(nil)
    }
  }

  private let total: Int
  private let state: Monitor<State>

  /// Creates a budget of `total` bytes, at least 1 MB.
  init(_ total: Int) {
    self.total = max(total, 1 << 20)
    state = Monitor(State(free: max(total, 1 << 20)))
  }

  deinit {
    state.locked { state in for unused in state.idle { munmap(unused.baseAddress, unused.count) } }
  }

  /// Waits for room, and returns a buffer of at least `capacity` bytes; the budget must be larger than one buffer.
  ///
  /// Throws `unreadable` if the system has no memory.
  func buffer(_ capacity: Int) throws(SendFailure) -> Buffer {
    let length = Self.length(capacity)
    precondition(length <= total, "the budget is smaller than one buffer")
    let ticket = state.locked { state in
      state.nextTicket += 1
      return state.nextTicket - 1
    }
    let found = state.wait { state, _ -> UnsafeMutableRawBufferPointer?? in
      guard state.served == ticket, let place = state.take(length) else { return nil }
      state.served += 1
      return .some(place)
    }
    // The next thread in line may have room too.
    state.broadcast()
    if let idle = found ?? nil { return Buffer(idle, of: self) }
    return Buffer(try map(length), of: self)
  }

  /// Returns the length of a buffer for `capacity` bytes: a power of two, at least 512 kB.
  static func length(_ capacity: Int) -> Int {
    var length = 512 << 10
    while length < capacity { length *= 2 }
    return length
  }

  fileprivate func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
    state.locked { $0.idle.append(memory) }
    state.broadcast()
  }

  private func map(_ length: Int) throws(SendFailure) -> UnsafeMutableRawBufferPointer {
    let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start, start != UnsafeMutableRawPointer(bitPattern: -1) else {
      let reason = String(cString: strerror(errno))
      state.locked { $0.free += length }
      state.broadcast()
      throw .unreadable(detail: "no buffer of \(length) bytes: \(reason)")
    }
    return UnsafeMutableRawBufferPointer(start: start, count: length)
  }
}
