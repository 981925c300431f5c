namespace System.Runtime.CompilerServices;

/// <summary>Lets records be declared on netstandard2.0.</summary>
internal static class IsExternalInit;
