# The network as one writes it with Terraform's aws provider: a module, called for each VPC.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "endpoint" {}
variable "region" {}
variable "zones" {}
variable "operator" {}
variable "networks" {}

provider "aws" {
  region                      = var.region
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    ec2  = var.endpoint
    iam  = var.endpoint
    logs = var.endpoint
    sts  = var.endpoint
  }
}

module "network" {
  source   = "./network"
  for_each = { for network in var.networks : network.name => network }
  name     = each.key
  cidr     = each.value.cidr
  tiers    = each.value.tiers
  zones    = var.zones
  operator = var.operator
}
