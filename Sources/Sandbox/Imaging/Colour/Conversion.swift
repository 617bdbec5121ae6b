internal import CVips
internal import Glibc

extension ColourCoding {
  /// Returns the image in sRGB; nil if libvips fails.
  func converted(_ image: OpaquePointer) -> OpaquePointer? {
    var recipe = cvips_recipe()
    recipe.entries = entries(of: image)
    fill(&recipe.matrix, matrix.values)
    switch light {
    case .relative: recipe.light = CVIPS_LIGHT_RELATIVE
    case .absolute(let peak): recipe.set(CVIPS_LIGHT_ABSOLUTE, peak: peak)
    case .scene(let peak): recipe.set(CVIPS_LIGHT_SCENE, peak: peak)
    }
    return tables(entries: recipe.entries).withUnsafeBufferPointer { tables in
      recipe.curves = tables.baseAddress
      return cvips_recolour(image, &recipe)
    }
  }
}

extension ColourTable {
  /// Returns the image in sRGB; nil if libvips fails.
  func converted(_ image: OpaquePointer) -> OpaquePointer? {
    var table = cvips_table()
    table.inputs = Int32(inputs.count)
    table.entries = entries(of: image)
    withUnsafeMutableBytes(of: &table.sides) { room in
      for (place, side) in sides.enumerated() {
        room.storeBytes(of: Int32(side), toByteOffset: place * MemoryLayout<Int32>.stride, as: Int32.self)
      }
    }
    fill(&table.matrix, matrix)
    fill(&table.to_srgb, Primaries.srgb.toD50?.inverse?.values ?? [])
    let curves = inputs.flatMap { $0.lights(table.entries) }
    let middle = middle.flatMap { $0.lights(Int(CVIPS_CURVE)) }
    let outer = outer.flatMap { $0.lights(Int(CVIPS_CURVE)) }
    return curves.withUnsafeBufferPointer { curves in
      middle.withUnsafeBufferPointer { middle in
        outer.withUnsafeBufferPointer { outer in
          grid.withUnsafeBufferPointer { grid in
            table.curves = curves.baseAddress
            table.middle = middle.baseAddress
            table.outer = outer.baseAddress
            table.grid = grid.baseAddress
            return cvips_look_up(image, &table)
          }
        }
      }
    }
  }
}

/// The number of values that a sample of the image can have.
private func entries(of image: OpaquePointer) -> Int { cvips_is_deep(image) ? 65_536 : 256 }

/// Writes numbers into an array of C, which is a tuple in Swift.
private func fill<Array>(_ array: inout Array, _ values: [Double]) {
  withUnsafeMutableBytes(of: &array) { room in
    for (place, value) in values.enumerated() {
      room.storeBytes(of: Float(value), toByteOffset: place * MemoryLayout<Float>.stride, as: Float.self)
    }
  }
}

extension cvips_recipe {
  /// Sets the light, with its peak in cd/m².
  ///
  /// The brighter the peak, the darker the reference white becomes, down to half of the display's light.
  fileprivate mutating func set(_ light: cvips_light, peak: Double) {
    let reference = 203.0
    self.light = light
    self.peak = Float(peak / reference)
    white = Float(1 - 0.5 * min(1, log2(peak / reference) / log2(1000 / reference)))
  }
}
