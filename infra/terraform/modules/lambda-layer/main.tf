# A layer that functions share. Each change of the archive publishes a new version; functions name the version they run with,
# so layer and functions change apart from each other.
resource "aws_lambda_layer_version" "this" {
  layer_name  = var.name
  description = var.description

  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null

  compatible_architectures = [var.architecture]
  compatible_runtimes      = ["provided.al2023"]
  license_info             = var.license

  # The version before stays, for functions that still name it and for the way back.
  skip_destroy = var.keep_versions

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = fileexists(var.package)
      error_message = "There is no layer package at ${var.package}. Run `just package`, or set package_dir to the folder that it is in."
    }
  }
}
