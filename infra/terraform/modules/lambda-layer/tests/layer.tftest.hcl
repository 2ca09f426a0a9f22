# A layer, and what is refused. Needs neither AWS nor a build.

mock_provider "aws" {}

variables {
  name    = "webhook-processor-dependencies"
  package = "../../tests/packages/layer.zip"
}

run "a_version_for_arm64" {
  command = plan

  assert {
    condition     = aws_lambda_layer_version.this.layer_name == "webhook-processor-dependencies"
    error_message = "The name is another."
  }
  assert {
    condition     = aws_lambda_layer_version.this.compatible_architectures == toset(["arm64"]) && aws_lambda_layer_version.this.compatible_runtimes == toset(["provided.al2023"])
    error_message = "The layer is not for arm64 and provided.al2023."
  }
  assert {
    condition     = aws_lambda_layer_version.this.source_code_hash == filebase64sha256("../../tests/packages/layer.zip")
    error_message = "Another archive would not publish another version."
  }
  assert {
    condition     = aws_lambda_layer_version.this.skip_destroy
    error_message = "The version before is deleted, though functions may still name it."
  }
}

run "a_missing_package_is_told" {
  command = plan
  variables {
    package = "../../tests/packages/nowhere.zip"
  }
  expect_failures = [aws_lambda_layer_version.this]
}

run "a_folder_is_no_package" {
  command = plan
  variables {
    package = "../../tests/packages"
  }
  expect_failures = [var.package]
}

run "other_processors_are_refused" {
  command = plan
  variables {
    architecture = "riscv"
  }
  expect_failures = [var.architecture]
}

run "a_name_that_lambda_refuses" {
  command = plan
  variables {
    name = "webhook processor"
  }
  expect_failures = [var.name]
}

run "a_description_that_is_too_long" {
  command = plan
  variables {
    description = format("%0257d", 1)
  }
  expect_failures = [var.description]
}

run "an_earlier_version" {
  command = plan
  variables {
    pinned_version_arn = "arn:aws:lambda:us-east-1:123456789012:layer:webhook-processor-dependencies:7"
  }

  assert {
    condition     = output.version_arn == var.pinned_version_arn
    error_message = "Functions run with another version."
  }
}

run "an_earlier_version_without_its_number" {
  command = plan
  variables {
    pinned_version_arn = "arn:aws:lambda:us-east-1:123456789012:layer:webhook-processor-dependencies"
  }
  expect_failures = [var.pinned_version_arn]
}
