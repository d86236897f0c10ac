export function DataPage() { return null }
export function AddSourcePage() { return null }
export function UploadPage() { return null }
export function SourcePage() { return null }
