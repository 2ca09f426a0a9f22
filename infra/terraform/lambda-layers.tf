# What all functions share: one `bootstrap` with the HTTP client, cryptography, AWS clients, JSON and logging in it, at
# /opt/bootstrap. A fat package has it too, and then there is no layer.
module "dependencies_layer" {
  source = "./modules/lambda-layer"
  count  = var.fat_packages ? 0 : 1

  name               = local.layer_name
  description        = "The bootstrap of every function of the webhook system."
  package            = "${local.package_dir}/layer.zip"
  architecture       = var.lambda_architecture
  pinned_version_arn = var.layer_version == null ? null : "${local.layer_arn}:${var.layer_version}"
}
