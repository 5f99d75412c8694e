"""What is found in the files of a project: told as the project wants it told."""
