public import Core
public import Processing

extension Application {
  /// What files are worked on with, by a worker and on demand alike; `files` are worked on at once.
  public func processing(files: Int) throws(StorageError) -> ProcessorDependencies {
    ProcessorDependencies(
      database: try database,
      store: try store,
      buckets: settings.buckets,
      scanner: try scanner(),
      decoders: decoderPool(resting: files),
      variants: settings.variants,
      activeContent: settings.uploads.activeContent,
      cacheNodes: settings.cacheNodes,
      cloudFront: settings.cloudFront,
      worker: settings.worker
    )
  }
}
