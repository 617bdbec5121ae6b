public import Core
public import Processing

extension Application {
  /// Returns the dependencies of file processing, for the worker and for on-demand rendering.
  public func processing() throws(StorageError) -> ProcessorDependencies {
    var dependencies = ProcessorDependencies(
      database: try database,
      store: try store,
      buckets: settings.buckets,
      scanner: try scanner(),
      decoders: decoderPool(),
      variants: settings.variants,
      types: settings.uploads.types,
      activeContent: settings.uploads.activeContent,
      cacheNodes: settings.cacheNodes,
      cloudFront: try settings.cloudFront.map { (settings) throws(StorageError) in
        CloudFrontAccess(settings, credentials: try cloudFrontCredentials)
      },
      worker: settings.worker
    )
    dependencies.eventReport = ProcessingMeter(metrics).take
    return dependencies
  }
}
