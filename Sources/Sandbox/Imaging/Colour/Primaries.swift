/// A matrix of three rows and three columns, row by row.
struct Matrix: Equatable {
  let values: [Double]

  init(values: [Double]) { self.values = values }

  init(columns: [[Double]]) { values = (0..<9).map { columns[$0 % 3][$0 / 3] } }

  static let identity = Matrix(values: [1, 0, 0, 0, 1, 0, 0, 0, 1])

  static func * (one: Matrix, other: Matrix) -> Matrix {
    let columns = (0..<3).map { one * other.column($0) }
    return Matrix(columns: columns)
  }

  static func * (one: Matrix, other: [Double]) -> [Double] {
    (0..<3).map { row in
      let products: [Double] = (0..<3).map { one.values[3 * row + $0] * other[$0] }
      return products[0] + products[1] + products[2]
    }
  }

  func column(_ index: Int) -> [Double] { [values[index], values[3 + index], values[6 + index]] }

  static func diagonal(_ values: [Double]) -> Matrix {
    Matrix(values: [values[0], 0, 0, 0, values[1], 0, 0, 0, values[2]])
  }

  /// Nil if the matrix has no inverse.
  var inverse: Matrix? {
    func minor(_ row: Int, _ column: Int) -> Double {
      let (up, down) = ((row + 1) % 3 * 3, (row + 2) % 3 * 3)
      let (left, right) = ((column + 1) % 3, (column + 2) % 3)
      return values[up + left] * values[down + right] - values[up + right] * values[down + left]
    }
    let determinant = values[0] * minor(0, 0) + values[1] * minor(0, 1) + values[2] * minor(0, 2)
    guard abs(determinant) > 1e-9 else { return nil }
    return Matrix(values: (0..<9).map { minor($0 % 3, $0 / 3) / determinant })
  }
}

/// The chromaticities of white, red, green and blue, as x and y of each.
struct Primaries: Equatable {
  let values: [Double]

  static let srgb = Primaries(values: [0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06])
  static let bt2020 = Primaries(values: [0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046])

  /// The white of the profile connection space.
  static let d50 = [0.9642, 1, 0.8249]

  /// The matrix from linear light to XYZ with the white D50; nil if the chromaticities enclose no colours.
  ///
  /// Sources: http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html,
  /// https://www.color.org/specification/ICC.1-2022-05.pdf (annex E)
  var toD50: Matrix? {
    guard values.allSatisfy({ (0...1).contains($0) }), values[1] > 0 else { return nil }
    func colour(_ index: Int) -> [Double] {
      let (x, y) = (values[2 * index], values[2 * index + 1])
      return [x, y, 1 - x - y]
    }
    let white = colour(0).map { $0 / values[1] }
    let columns = [colour(1), colour(2), colour(3)]
    let matrix = Matrix(columns: columns)
    guard let shares = matrix.inverse.map({ $0 * white }) else { return nil }
    let bradford = Matrix(values: [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296])
    let (from, to) = (bradford * white, bradford * Self.d50)
    guard from.allSatisfy({ $0 > 0 }), let back = bradford.inverse else { return nil }
    return back * Matrix.diagonal((0..<3).map { to[$0] / from[$0] }) * bradford * matrix * Matrix.diagonal(shares)
  }
}
